/** The report's style sheet. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5c6570; --line: #d9dee4; --paper: #fdfdfc; --card: #ffffff;
  --good: #17784a; --bad: #b3261e;
  --c0: #2563b8; --c1: #c8541f; --c2: #1f8a56; --c3: #8d46b5; --c4: #b3275a; --c5: #7a6a10; --c6: #0f808f; --c7: #5f5a55; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4af; --line: #333b44; --paper: #14171a;
  --card: #1b1f24; --good: #5fcf95; --bad: #ff8a80;
  --c0: #6ea8ff; --c1: #ff9a63; --c2: #5fcf95; --c3: #cf9bf0; --c4: #ff87ae; --c5: #d9c45a; --c6: #5ccbd9; --c7: #b8b0a8; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 30px; margin: 0 0 4px; } h2 { font-size: 22px; margin: 0 0 6px; } h3 { font-size: 16px; margin: 20px 0 6px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 22px 24px; margin: 24px 0; }
.lead, .time { color: var(--soft); } .summary { font-weight: 600; } .ok { color: var(--good); } .bad { color: var(--bad); }
h2 .ok, h2 .bad { font-size: 14px; font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 20px; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 12px; }
figcaption { font-weight: 600; margin-bottom: 6px; } figure p { color: var(--soft); font-size: 14px; margin: 6px 0 0; }
svg { width: 100%; max-width: 640px; margin: 0 auto; height: auto; display: block; } svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); } .axis { stroke: var(--soft); } .frame { fill: none; stroke: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft); }
.entry { display: inline-flex; align-items: center; gap: 6px; } .spot { width: 10px; height: 10px; border-radius: 3px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; margin-top: 16px; color: var(--soft); }
`;
