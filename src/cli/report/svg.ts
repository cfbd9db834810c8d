/** The few lines of SVG that the plots need. */

export const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** An element; numbers are rounded to 2 decimals, which is finer than a pixel. */
export function el(name: string, attributes: Record<string, string | number>, ...children: string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : escapeText(value);
    return ` ${key}="${text}"`;
  });
  return `<${name}${list.join("")}>${children.join("")}</${name}>`;
}

export const text = (x: number, y: number, content: string, attributes: Record<string, string | number> = {}): string =>
  el("text", { x, y, ...attributes }, escapeText(content));
