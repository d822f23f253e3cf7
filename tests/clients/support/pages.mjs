// A site of our own on another origin than cdp: it serves the pages given, and files of packages in
// node_modules under /npm/, as a shop's own web server would.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const PACKAGES = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../node_modules');

async function answer(pages, url, response) {
  const page = pages[url.pathname];
  if (page) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    return response.end(page);
  }
  if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
  const name = path.normalize(url.pathname);
  if (!name.startsWith('/npm/')) return response.writeHead(404).end();
  const file = path.join(PACKAGES, name.slice('/npm/'.length));
  for (const suffix of ['', '.js', '/index.js']) {
    const body = await readFile(file + suffix).catch(() => null);
    if (!body) continue;
    // Bundlers guess endings; a browser needs the address that exists, or relative imports go astray.
    if (suffix) return response.writeHead(302, { location: name + suffix }).end();
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' });
    return response.end(body);
  }
  return response.writeHead(404).end();
}

export async function servePages(pages) {
  const server = createServer((request, response) => {
    answer(pages, new URL(request.url, 'http://site'), response).catch(() => response.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
