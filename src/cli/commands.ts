import { type CommandSpec, EXIT_CODES } from './command.ts';

const DIR = {
  type: 'string',
  placeholder: 'DIR',
  description: 'discovery folder (default: MCP_VITALS_DISCOVERY_DIR, or the one of this user)',
} as const;
const TOKEN = {
  type: 'string',
  placeholder: 'TOKEN',
  description: 'token of protected servers (default: MCP_VITALS_TOKEN)',
} as const;
const JSON_OUTPUT = { type: 'boolean', description: 'print JSON' } as const;

/** Every command of the program, in the order of the help text. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    summary: 'start any command with monitoring of every MCP server in it',
    usage: '[--] <command> [arguments]',
    description: [
      'Starts the command as it is, with NODE_OPTIONS extended so that every Node process below it measures the MCP',
      'servers it serves. Standard input, output and error, signals and the exit code are those of the command.',
    ],
    examples: [
      ['mcp-vitals run -- node server.js', 'a server of your own'],
      ['mcp-vitals run -- npx -y @modelcontextprotocol/server-everything stdio', 'a published one'],
    ],
    exitCodes: {
      2: 'the command line of mcp-vitals is wrong',
      126: 'the command cannot be executed',
      127: 'there is no such command',
      others: 'that of the command',
    },
    options: {},
    maxPositionals: 0,
    program: 'required',
    load: async () => (await import('./run/run-command.ts')).runCommand,
  },
  {
    name: 'ps',
    summary: 'list the monitored servers of this machine',
    usage: '[options]',
    description: [
      'Lists the monitored servers of this user, one line each: requests and errors since the start, and the operation with',
      'the highest P95 of the last minute.',
    ],
    examples: [
      ['mcp-vitals ps', 'a table'],
      ['mcp-vitals ps --json', 'for programs'],
    ],
    options: { json: JSON_OUTPUT, dir: DIR, token: TOKEN },
    maxPositionals: 0,
    program: 'none',
    load: async () => (await import('./ps/ps-command.ts')).psCommand,
  },
  {
    name: 'open',
    summary: 'open the page of a monitored server',
    usage: '[pid|service] [options]',
    description: [
      'Opens the page of a server in the browser and prints its address. Where several servers run, name one by its',
      'process id or its service; without a name one page shows them all, served by this command until it is ended.',
    ],
    examples: [
      ['mcp-vitals open', 'the only server, or one page for all'],
      ['mcp-vitals open knowledge-base', 'the server of that service'],
    ],
    exitCodes: { ...EXIT_CODES, 1: 'no such server runs, or the page cannot be opened' },
    options: { dir: DIR, token: TOKEN },
    maxPositionals: 1,
    program: 'none',
    load: async () => (await import('./ps/open-command.ts')).openCommand,
  },
  {
    name: 'top',
    summary: 'watch a monitored server in the terminal',
    usage: '[pid|service|url] [options]',
    description: [
      'Shows the figures of a server once a second: totals, alerts, operations with their stages. Where output is no',
      'terminal they are printed once. Keys: q quits; t, r, e and p sort by time, rate, errors and P95. Stages in the bar:',
      'q queue, p protocol, v validation, block execution, o output validation, s serialization, t transmission.',
    ],
    examples: [
      ['mcp-vitals top', 'the only server'],
      ['mcp-vitals top http://127.0.0.1:9464', 'the server with that endpoint'],
      ['mcp-vitals top | cat', 'once, as text'],
    ],
    exitCodes: { ...EXIT_CODES, 1: 'no such server runs, or it cannot be read' },
    options: { dir: DIR, token: TOKEN },
    maxPositionals: 1,
    program: 'none',
    load: async () => (await import('./top/top-command.ts')).topCommand,
  },
  {
    name: 'doctor',
    summary: 'check the surroundings and explain what is wrong',
    usage: '[options] [-- <command> [arguments]]',
    description: [
      'Checks Node, the MCP SDK and OpenTelemetry copies, port, Collector, folders and the configuration. With a command,',
      'starts it once, asks it to initialize over standard input, and tells what was measured. Nothing is exported.',
      'Then every setting is printed with where its value comes from; secrets are masked.',
    ],
    examples: [
      ['mcp-vitals doctor', 'the surroundings'],
      ['mcp-vitals doctor -- node server.js', 'and a server'],
      ['mcp-vitals doctor --json -- node server.js', 'in CI'],
    ],
    exitCodes: { ...EXIT_CODES, 0: 'no problems; warnings are none', 1: 'problems were found' },
    options: {
      json: JSON_OUTPUT,
      timeout: {
        type: 'string',
        placeholder: 'SECONDS',
        description: 'how long the command may take to answer (default: 10)',
      },
    },
    maxPositionals: 0,
    program: 'optional',
    load: async () => (await import('./doctor/doctor-command.ts')).doctorCommand,
  },
  {
    name: 'detect',
    summary: 'find what is unusual in a recorded series',
    usage: 'FILE [options]',
    description: [
      'Runs the anomaly detectors of the product over a CSV file of "time,value" or "value" rows and prints what is unusual:',
      'since when, what was expected, what was seen. Latencies of single requests and figures at regular times are told apart',
      'by themselves. Times are ISO 8601 or seconds or milliseconds since 1970.',
    ],
    examples: [
      ['mcp-vitals detect latencies.csv --unit ms', 'latencies of requests in milliseconds'],
      ['mcp-vitals detect memory.csv --kind gauge --exit-code', 'fails when something is unusual'],
    ],
    exitCodes: { ...EXIT_CODES, 1: 'the file cannot be read, or with --exit-code: something is unusual' },
    options: {
      kind: { type: 'string', placeholder: 'KIND', description: 'latency or gauge (default: told from the times)' },
      unit: { type: 'string', placeholder: 'UNIT', description: 's, ms, us or ns, of latencies (default: s)' },
      json: JSON_OUTPUT,
      'exit-code': { type: 'boolean', description: 'exit with 1 when there are findings' },
    },
    maxPositionals: 1,
    program: 'none',
    load: async () => (await import('./detect/detect-command.ts')).detectCommand,
  },
  {
    name: 'rules',
    summary: 'print Prometheus rules made from the objectives',
    usage: '[options]',
    description: [
      'Prints recording and alerting rules for Prometheus, made from the objectives and rules in force here: breach ratios of',
      'the whole fleet, error budgets with four burn-rate tiers, percentiles, thresholds per server, absence. With --test',
      'prints unit tests of them for promtool.',
    ],
    examples: [
      ['mcp-vitals rules --out mcp-vitals.yml', 'then: promtool check rules mcp-vitals.yml'],
      ['mcp-vitals rules --test --out mcp-vitals.test.yml', 'then: promtool test rules mcp-vitals.test.yml'],
    ],
    options: {
      config: {
        type: 'string',
        placeholder: 'FILE',
        description: 'configuration file (default: the one a server started here would read)',
      },
      out: { type: 'string', placeholder: 'FILE', description: 'write to a file instead of standard output' },
      job: {
        type: 'string',
        placeholder: 'REGEX',
        description: 'scrape jobs of the servers, for availability and absence (default: mcp-vitals.*)',
      },
      test: { type: 'boolean', description: 'print unit tests of the rules for promtool' },
      rules: {
        type: 'string',
        placeholder: 'FILE',
        description: 'rule file the tests are about, seen from them (default: mcp-vitals.yml)',
      },
    },
    maxPositionals: 0,
    program: 'none',
    load: async () => (await import('./rules/rules-command.ts')).rulesCommand,
  },
  {
    name: 'dashboard',
    summary: 'write Grafana dashboards made for the objectives',
    usage: '[options]',
    description: [
      'Writes three dashboards as JSON files and prints their paths: overview (objectives and budgets, traffic, tools, stages,',
      'components, pressure), runtime and resources, telemetry health. Import them, or put them where Grafana provisions from.',
    ],
    examples: [['mcp-vitals dashboard --out dashboards', 'three files in that folder']],
    options: {
      config: {
        type: 'string',
        placeholder: 'FILE',
        description: 'configuration file (default: the one a server started here would read)',
      },
      out: { type: 'string', placeholder: 'DIR', description: 'folder to write to (default: the current one)' },
    },
    maxPositionals: 0,
    program: 'none',
    load: async () => (await import('./dashboard/dashboard-command.ts')).dashboardCommand,
  },
];
