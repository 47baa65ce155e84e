import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { ROOT } from '../compose/compose-file.ts';
import { LocalStack, queryPrometheus, TOKEN } from '../local-stack.ts';

/** On top of the rules of the repository: fires as soon as the server has answered a few searches. */
const RULE = `groups:
  - name: test
    rules:
      - alert: SearchesSeen
        expr: sum by (job, instance) (mcp_server_operation_duration_seconds_count{gen_ai_tool_name="kb.hybrid_search"}) > 20
        labels: { severity: warning }
        annotations: { summary: 'searches: {{ $value }}' }
`;

describe('the files of Prometheus and Alertmanager', () => {
  it('are accepted by promtool and amtool', async () => {
    await using stack = new LocalStack();
    stack.writeText('secrets/scrape-token/token', TOKEN);
    const config = stack.write('collector/prometheus/prometheus.yml', {
      '/etc/prometheus/rules': join(ROOT, 'collector/prometheus/rules'),
      '/run/secrets': join(stack.folder, 'secrets'),
    });
    const checked = execFileSync(requireProgram('promtool'), ['check', 'config', config], { encoding: 'utf8' });
    expect(checked).toContain('SUCCESS');
    const file = join(ROOT, 'collector/alertmanager/alertmanager.yml');
    const amtool = execFileSync(requireProgram('amtool'), ['check-config', file], { encoding: 'utf8' });
    expect(amtool).toContain('1 receivers');
  });
});

describe('the knowledge base under load, scraped by a real Prometheus with the files of the compose set-up', {
  timeout: 120_000,
}, () => {
  verifies('DSH-04');

  const stack = new LocalStack();
  afterAll(() => stack[Symbol.asyncDispose]());

  async function start() {
    const { receiverUrl } = await stack.startAlerting();
    const { mcpUrl, statusUrl } = await stack.startServer();
    const prometheus = await stack.startPrometheus(stack.writeText('rules/test.yml', RULE));
    await stack.startTraffic(mcpUrl, 20);
    return { receiverUrl, statusUrl, prometheus };
  }
  let starting: ReturnType<typeof start> | undefined;
  /** Started by the first test, so that a missing program skips every test of it. */
  function running() {
    for (const program of ['prometheus', 'prometheus-alertmanager']) requireProgram(program);
    starting ??= start();
    return starting;
  }

  it('answers the scrape that carries the token, and no other', async () => {
    const { statusUrl, prometheus } = await running();
    expect((await fetch(`${statusUrl}/metrics`)).status).toBe(401);
    expect((await fetch(`${statusUrl}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    await expect
      .poll(() => queryPrometheus(prometheus, 'up{job="mcp-vitals"}'), { timeout: 20_000 })
      .toMatchObject([{ value: 1 }]);
  });

  it('has its operations, stages and components in Prometheus', async () => {
    const { prometheus } = await running();
    const queries = [
      'mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call",gen_ai_tool_name="kb.hybrid_search"}',
      'mcp_vitals_stage_duration_seconds_sum{mcp_vitals_stage="execution"}',
      'mcp_vitals_component_duration_seconds_count',
      'target_info{service_name="knowledge-base"}',
    ];
    for (const query of queries) {
      await expect
        .poll(async () => (await queryPrometheus(prometheus, query)).length, { timeout: 20_000, message: query })
        .toBeGreaterThan(0);
    }
  });

  it('has an alert of a rule on the page of the receiver, by way of Alertmanager', async () => {
    const { receiverUrl } = await running();
    const page = async () => await (await fetch(receiverUrl)).text();
    await expect.poll(page, { timeout: 30_000 }).toContain('SearchesSeen');
    const row = (await page()).split('\n').find((line) => line.includes('SearchesSeen'));
    expect(row).toContain('<td>firing<td>warning<td>SearchesSeen<td>searches: ');
    expect(row).toContain('job=mcp-vitals');
  });
});

describe('the page that shows alerts', () => {
  it('shows text as text, refuses what is no alert and forgets the oldest', async () => {
    await using stack = new LocalStack();
    const { receiverUrl } = await stack.startAlerting();
    const post = async (body: unknown) =>
      (await fetch(`${receiverUrl}/alerts`, { method: 'POST', body: JSON.stringify(body) })).status;
    expect(await post({ alerts: 'none' })).toBe(400);
    expect(await post('x')).toBe(400);
    const alerts = Array.from({ length: 300 }, (_, index) => ({
      status: 'firing',
      labels: { alertname: `<b>alert ${index}</b>` },
      annotations: {},
    }));
    expect(await post({ alerts })).toBe(204);
    const page = await (await fetch(receiverUrl)).text();
    expect(page).toContain('&#60;b&#62;alert 299&#60;/b&#62;');
    expect(page).not.toContain('<b>');
    expect(page.match(/<tr class/g)).toHaveLength(200);
  });
});
