/** Texts in which what looks random is no secret: translations, drawings, the hashes of lock files, maps of built code. */
const QUIET =
  /\.(?:po|pot|svg|lock|map|snap|ipynb|sum|csv\.gz|geojson|ttf|woff2?|eot|pdf|png|jpe?g|gif|ico|webp|zip|gz|tgz|bz2|xz|7z|tar|deb|rpm|whl|jar|mp[34]|webm|wav|xlsx?|docx?|pptx?|od[st]|crt|cer|pub|patch\.asc)$|(?:^|\/)(?:package-lock|npm-shrinkwrap|composer)\.(?:json|lock)$|(?:^|\/)(?:pnpm-lock|yarn-lock)\.ya?ml$/i;

/** A library as its authors publish it, with the keys of its own examples. */
const VENDORED = /(?:^|\/)(?:static\/(?:src\/)?libs?|node_modules|vendor|third_party)\//i;

/** Nothing in such a file is searched. */
export const isQuiet = (path: string): boolean => QUIET.test(path) || VENDORED.test(path);

const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests__|testing|test_data|testdata|spec|specs|demo|demos|fixtures?|mocks?|__mocks__|cypress|e2e|cassettes|test_[^/]+)\//i;
const TEST_FILE =
  /(?:^|\/)(?:test_[^/]*|conftest|(?:[^/]*_)?demo(?:_[^/]*)?|[^/]*_(?:test|tests))\.\w+$|\.(?:test|spec|mock|stories)\.\w+$|(?:^|[/.])test(?:ing)?\.env|\.env\.(?:test|testing|ci)$|(?:^|\/)(?:openapi|swagger)[\w.-]*\.(?:json|ya?ml)$/i;

/** Made for tests and demonstrations: what looks like a password there is mostly made up. */
export const isTestPath = (path: string): boolean => TEST_FOLDER.test(path) || TEST_FILE.test(path);

const TEMPLATE = /[._-](?:template|tmpl|tpl|example|sample|dist|default|j2|jinja2?|in|erb|copy|bak|old|orig|local)$/i;

/** `odoo.conf` of `odoo.conf.template`: what a template becomes. */
export function withoutTemplate(path: string): string {
  const plain = path.replace(TEMPLATE, '');
  return plain === path || plain === '' ? path : withoutTemplate(plain);
}
