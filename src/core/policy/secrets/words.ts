/** Words that stand in tutorials, images and examples, alone or joined: `odoo`, `my-secret-password-1`. */
const WORDS = `odoo openerp admin administrator demo tests? testing tester password passwort passwd passw? passphrase pwd secrets?
  postgres postgresql pgsql pg mysql mariadb mongo redis rabbitmq rabbit minio elastic supabase keycloak grafana
  root user username users guest foo bar baz qux spam hello world letmein qwerty asdf default welcome
  dev develop developer development local localhost super superuser ci db database keys? tokens? api apps? application
  my the an? is this that not in for only with at least characters long production use and or of to
  very strong weak secure insecure unsafe safe jwt anon service role auth oauth client access refresh bearer private public master
  session value string random generated encryption cookie hash hashed salt new old other wrong correct bad good valid
  mail mailpit mailhog smtp email web server login account key id company project partner portal system`;
const COMMON = new RegExp(`^(?:${WORDS.split(/\s+/).join('|')})+$`);
/** Numbers that count or tell a version; others may be part of a password. */
const COUNTS = /(?<!\d)(?:0|1|12|123|1234|12345|123456|[1-9]\d?)(?!\d)/g;
const LEET: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '0': 'o', $: 's', '5': 's', '3': 'e', '1': 'i', '!': 'i' };
const SPOKEN = /[@40$531!]/g;

/** `acme`, `n8n_password`: what a service is called, as its own password. */
const NAME_OF_SERVICE = /^(?:[a-z]{1,10}|[a-z][a-z\d]{0,9}[-_]?(?:pass|passwd|password|pwd|secret))$/;

/** A word that everybody tries first: it hides nothing, so nothing is lost where it is read. */
export function isCommonWord(value: string): boolean {
  if (value.length > 80) return false;
  if (NAME_OF_SERVICE.test(value)) return true;
  const lower = value.toLowerCase();
  const plain = lower.replace(COUNTS, '').replace(/[-_.\s!@#]/g, '');
  if (plain === '' || COMMON.test(plain)) return true;
  // `P@ssw0rd1!`
  const spoken = lower.replace(/[\d!]+$/, '').replace(/[-_.\s]/g, '');
  return COMMON.test(spoken.replace(SPOKEN, (character) => LEET[character] ?? character));
}
