const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const STORED_AS = 'mcp-vitals theme';
const probe = document.createElement('i');
let resolved = new Map<string, string>();

/** A custom property as a colour that a canvas understands. */
export function colour(property: string): string {
  const known = resolved.get(property);
  if (known !== undefined) return known;
  probe.style.color = `var(${property})`;
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  const value = getComputedStyle(probe).color;
  resolved.set(property, value);
  return value;
}

/** Wires the button that goes round the themes; `onChange` hears of every change, the system's own included. */
export function installTheme(button: HTMLButtonElement, onChange: () => void): void {
  let theme = stored();
  const apply = (): void => {
    document.documentElement.dataset['theme'] = theme;
    button.textContent = theme === 'auto' ? 'Theme: system' : `Theme: ${theme}`;
    resolved = new Map();
    onChange();
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    try {
      localStorage.setItem(STORED_AS, theme);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
  apply();
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(STORED_AS);
    return THEMES.find((theme) => theme === value) ?? 'auto';
  } catch {
    return 'auto';
  }
}
