/** What a visitor of a sleeping environment sees; it asks again by itself until somebody is awake. */
export const sleepingPage = (number: number): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="3">
<title>Environment ${number} wakes up</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem; }
main { max-width: 32rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
p { margin: .5rem 0; }
small { opacity: .7; }
.bar { height: 4px; border-radius: 2px; overflow: hidden; background: color-mix(in srgb, currentColor 15%, transparent); }
.bar::after { content: ""; display: block; height: 100%; width: 30%; background: #714b67; animation: go 1.4s ease-in-out infinite alternate; }
@keyframes go { to { margin-left: 70%; } }
@media (prefers-reduced-motion: reduce) { .bar::after { animation: none; width: 100%; } }
</style>
</head>
<body>
<main>
<h1>Environment ${number} wakes up</h1>
<div class="bar"></div>
<p>It slept because nobody used it. This page asks again by itself; it takes a few seconds.</p>
<p><small>Where nothing happens, no worker is there to wake it: <code>odoo-ops pr wake ${number}</code> does.</small></p>
</main>
</body>
</html>
`;
