import { computed, onScopeDispose, ref, type ComputedRef, type Ref } from 'vue'
import type { Listed } from '@/composables/data/useStreamList'

/** The focused tile and how the arrow keys move the focus in the grid. */
export function useTileFocus(grid: Readonly<Ref<HTMLElement | null>>, tiles: ComputedRef<Listed[]>): {
  focused: ComputedRef<Listed | null>
  move: (columns: number, rows: number) => void
  element: (id: string) => HTMLElement | null
} {
  const id = ref<string | null>(null)
  const focused = computed(() => tiles.value.find(({ stream }) => stream.id === id.value) ?? null)

  function updateFocus(): void {
    const within = document.activeElement?.closest<HTMLElement>('[data-id]')
    if (within) id.value = within.dataset['id'] ?? null
  }
  document.addEventListener('focusin', updateFocus)
  onScopeDispose(() => document.removeEventListener('focusin', updateFocus))

  function element(of: string): HTMLElement | null {
    return grid.value?.querySelector<HTMLElement>(`[data-id="${CSS.escape(of)}"]`) ?? null
  }

  /** Number of tiles in the first row. */
  function columnCount(): number {
    const children = [...(grid.value?.children ?? [])] as HTMLElement[]
    const next = children.findIndex((child) => child.offsetTop > (children[0]?.offsetTop ?? 0))
    return next < 0 ? Math.max(children.length, 1) : next
  }

  function move(columns: number, rows: number): void {
    const at = tiles.value.findIndex(({ stream }) => stream.id === id.value)
    const to = at < 0 ? 0 : at + columns + rows * columnCount()
    const tile = tiles.value[to]
    if (!tile) return
    id.value = tile.stream.id
    element(tile.stream.id)?.focus()
  }

  return { focused, move, element }
}
