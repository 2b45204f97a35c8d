import { html, Markup } from './markup';
import { STYLE } from './style';

/** A whole page as one file: style inside, no script, nothing loaded from elsewhere. */
export function pageHtml(title: string, content: Markup): string {
  const page = html`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body><main>
<h1>${title}</h1>
${content}
</main></body>
</html>`;
  return `<!doctype html>\n${page.text}\n`;
}
