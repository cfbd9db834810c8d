// Rows of values cut into panels of 8 columns, so that a panel of the state [K, 8] and what it meets stay in registers and in the
// first-level cache, and are at once the packed operand of gemm-tile.ts:
//
//   panel 0: row 0: c0 .. c7 | row 1: c0 .. c7 | ...      panel 1: row 0: c8 .. c15 | ...
//
// Columns missing from the last panel are 0 and stay 0.

/** Columns of a panel. */
export const PANEL_COLUMNS: i32 = 8;
/** Bytes of a row of a panel. */
export const PANEL_ROW: usize = 32;

// @ts-ignore: decorator
@inline
export function panelsOf(width: i32): i32 {
  return (width + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
}

/** One row of `width` floats into its place in every panel; panels lie `panelStep` bytes apart. */
export function rowToPanels(row: usize, width: i32, panels: usize, panelStep: usize): void {
  for (; width >= PANEL_COLUMNS; width -= PANEL_COLUMNS, row += 32, panels += panelStep) {
    v128.store(panels, v128.load(row));
    v128.store(panels, v128.load(row, 16), 16);
  }
  if (width == 0) return;
  v128.store(panels, f32x4.splat(0));
  v128.store(panels, f32x4.splat(0), 16);
  for (let c = 0; c < width; c++) store<f32>(panels + (<usize>c << 2), load<f32>(row + (<usize>c << 2)));
}

/** The way back. */
export function panelsToRow(panels: usize, panelStep: usize, row: usize, width: i32): void {
  for (; width >= PANEL_COLUMNS; width -= PANEL_COLUMNS, row += 32, panels += panelStep) {
    v128.store(row, v128.load(panels));
    v128.store(row, v128.load(panels, 16), 16);
  }
  for (let c = 0; c < width; c++) store<f32>(row + (<usize>c << 2), load<f32>(panels + (<usize>c << 2)));
}

/**
 * A state of K rows and V columns, its elements kStep and vStep bytes apart, into panels; src 0 stands for zeros. Rows that
 * a panel has beyond K (panelStep says how many) become 0.
 */
export function stateToPanels(
  src: usize, kStep: usize, vStep: usize, k: i32, v: i32, panels: usize, panelStep: usize,
): void {
  memory.fill(panels, 0, panelStep * panelsOf(v));
  if (!src) return;
  if (vStep == 4) {
    for (let d = 0; d < k; d++, src += kStep, panels += PANEL_ROW) rowToPanels(src, v, panels, panelStep);
    return;
  }
  for (let c = 0; c < v; c += PANEL_COLUMNS, panels += panelStep) {
    for (let lane = 0, columns = min(PANEL_COLUMNS, v - c); lane < columns; lane++, src += vStep) {
      let to = panels + (<usize>lane << 2), from = src;
      for (let d = 0; d < k; d++, to += PANEL_ROW, from += kStep) store<f32>(to, load<f32>(from));
    }
  }
}

/** The way back. */
export function panelsToState(
  panels: usize, panelStep: usize, k: i32, v: i32, dst: usize, kStep: usize, vStep: usize,
): void {
  if (vStep == 4) {
    for (let d = 0; d < k; d++, dst += kStep, panels += PANEL_ROW) panelsToRow(panels, panelStep, dst, v);
    return;
  }
  for (let c = 0; c < v; c += PANEL_COLUMNS, panels += panelStep) {
    for (let lane = 0, columns = min(PANEL_COLUMNS, v - c); lane < columns; lane++, dst += vStep) {
      let from = panels + (<usize>lane << 2), to = dst;
      for (let d = 0; d < k; d++, from += PANEL_ROW, to += kStep) store<f32>(to, load<f32>(from));
    }
  }
}
