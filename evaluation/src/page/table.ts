// Tables that sort by a click on a column's head.
import { h } from './dom';

export interface Column<Row> {
  head: string;
  title?: string;
  /** What is shown; a number stands to the right. */
  text(row: Row): string;
  /** What is sorted by; null comes last. */
  value(row: Row): number | string | null;
  /** The first click sorts so. */
  down?: boolean;
  /** A part of the cell to fill, 0 to 1. */
  bar?(row: Row): number;
  best?(row: Row): boolean;
}

export function sortedTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  colour?: (row: Row) => string,
): HTMLElement {
  const body = h('tbody');
  let by = -1;
  let down = false;
  const fill = (): void => {
    const sorted = [...rows];
    const column = columns[by];
    if (column) {
      sorted.sort((a, b) => {
        const [x, y] = [column.value(a), column.value(b)];
        if (x === null || y === null) return Number(x === null) - Number(y === null);
        const order =
          typeof x === 'number' && typeof y === 'number'
            ? x - y
            : String(x).localeCompare(String(y));
        return down ? -order : order;
      });
    }
    body.replaceChildren(...sorted.map(line));
  };
  const line = (row: Row): HTMLElement =>
    h(
      'tr',
      {},
      ...columns.map((column, i) => {
        const numeric = typeof column.value(row) === 'number' || column.text(row) === '–';
        const bar = column.bar?.(row);
        const cell = h(i === 0 ? 'th' : 'td', {
          className: `${numeric ? 'number' : ''} ${column.best?.(row) ? 'best' : ''}`.trim(),
          ...(bar === undefined ? {} : { style: `--bar: ${(bar * 100).toFixed(1)}%` }),
        });
        if (i === 0) cell.setAttribute('scope', 'row');
        if (i === 0 && colour) cell.append(h('i', { style: `background: ${colour(row)}` }));
        cell.append(column.text(row));
        return cell;
      }),
    );
  const heads = columns.map((column, i) =>
    h(
      'th',
      { scope: 'col', title: column.title ?? '' },
      h('button', {
        type: 'button',
        textContent: column.head,
        onclick: () => {
          down = by === i ? !down : (column.down ?? false);
          by = i;
          heads.forEach((head, k) =>
            k === i
              ? head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
              : head.removeAttribute('aria-sort'),
          );
          fill();
        },
      }),
    ),
  );
  fill();
  return h(
    'div',
    { className: 'table', tabIndex: 0 },
    h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body),
  );
}
