import { describe, expect, it } from 'vitest';
import { connectionOfServer, operationOf } from './operations.ts';

describe('a connection', () => {
  it('gives an operation back under its id once', () => {
    const connection = connectionOfServer();
    const operation = operationOf({ connection, id: 'a' });
    connection.track(operation, 'a');
    expect(connection.settle('b')).toBeUndefined();
    expect(connection.settle('a')).toBe(operation);
    expect(connection.settle('a')).toBeUndefined();
    expect(connection.isBusy).toBe(false);
  });

  it('tells the number 1 from the text "1", and takes 0, "" and __proto__ as ids', () => {
    const connection = connectionOfServer();
    const ids = [1, '1', 0, '', '__proto__'];
    const operations = ids.map((id) => operationOf({ connection, id }));
    for (const [index, id] of ids.entries()) connection.track(operations[index]!, id);
    expect(ids.map((id) => connection.settle(id))).toEqual(operations);
  });

  it('loses no operation whose id is used again while it is open', () => {
    const connection = connectionOfServer();
    const [first, second, third] = [1, 1, 1].map((id) => operationOf({ connection, id }));
    for (const operation of [first, second, third]) connection.track(operation!, 1);
    expect(connection.settle(1)).toBe(third);
    expect(connection.settle(1)).toBe(second);
    expect(connection.settle(1)).toBe(first);
    expect(connection.settle(1)).toBeUndefined();
  });

  it('drains everything that is open, shadowed ones too', () => {
    const connection = connectionOfServer();
    const operations = [1, 1, 2, 3].map((id) => operationOf({ connection, id }));
    for (const operation of operations) connection.track(operation, operation.requestId as number);
    expect(new Set(connection.drain())).toEqual(new Set(operations));
    expect(connection.drain()).toEqual([]);
  });
});
