// A headless Chromium for tests of pages; `skip` says why there is none.
import { accessSync } from 'node:fs';

import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CDP_CHROMIUM ?? '/usr/bin/chromium';

export const skip = (() => {
  try {
    accessSync(CHROMIUM);
    return false;
  } catch {
    return `there is no ${CHROMIUM}`;
  }
})();

export const launch = () => chromium.launch({
  executablePath: CHROMIUM,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
