import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedMetrics } from './metrics.ts';

test('what was counted is told in Prometheus’s form, to the account alone', () => {
  const metrics = countedMetrics();
  const mine = { account: '111122223333', region: 'eu-west-1', function: 'a"b' };
  metrics.count('AsyncEventsReceived', mine);
  metrics.count('AsyncEventsReceived', mine);
  metrics.count('AsyncEventsReceived', { ...mine, function: 'c' });
  metrics.observe('AsyncEventAge', mine, 20);
  metrics.observe('AsyncEventAge', mine, 0.5);
  metrics.count('AsyncEventsReceived', { ...mine, account: '999999999999' });
  assert.equal(
    metrics.text('111122223333'),
    [
      '# TYPE lambent_async_events_received_total counter',
      'lambent_async_events_received_total{account="111122223333",region="eu-west-1",function="a\\"b"} 2',
      'lambent_async_events_received_total{account="111122223333",region="eu-west-1",function="c"} 1',
      '# TYPE lambent_async_event_age summary',
      'lambent_async_event_age_sum{account="111122223333",region="eu-west-1",function="a\\"b"} 20.5',
      'lambent_async_event_age_count{account="111122223333",region="eu-west-1",function="a\\"b"} 2',
      '',
    ].join('\n'),
  );
  assert.equal(metrics.text('000000000000'), '');
});
