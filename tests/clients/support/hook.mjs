// A web hook on this machine whose answers the test gives: a vendor's tool, or a shop's mailer.
//
//   const hook = await startHook();  hook.url
//   const call = await hook.next();  call.headers, call.body;  call.answer(204)
//
// A call waits for its answer; what nobody answers is answered 503 when the hook stops.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

const WAIT_MS = 30_000;

export async function startHook() {
  const calls = [];
  const waiting = [];
  const open = new Set();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => (body += text));
    request.on('end', () => {
      open.add(response);
      const answer = (status, headers = {}) => {
        open.delete(response);
        response.writeHead(status, headers).end();
      };
      const call = { method: request.method, url: request.url, headers: request.headers, body, answer };
      const taker = waiting.shift();
      if (taker) taker(call);
      else calls.push(call);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    // The next call in the order of arrival.
    async next() {
      if (calls.length > 0) return calls.shift();
      let timer;
      const late = new Promise((resolve) => { timer = setTimeout(resolve, WAIT_MS); });
      const call = await Promise.race([new Promise((resolve) => waiting.push(resolve)), late]);
      clearTimeout(timer);
      assert.ok(call, 'the hook was not called');
      return call;
    },
    stop() {
      for (const response of open) response.writeHead(503).end();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
