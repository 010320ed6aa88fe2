// Short news in the corner: told politely, gone by themselves; troubles stay until closed.
import { ref } from 'vue'
import { asProblem } from '@/api/problem'

export interface ToastNews {
  id: number
  tone: 'ok' | 'bad' | 'neutral'
  title: string
  text: string
  action?: { label: string; act: () => void }
}

let last = 0
export const toasts = ref<ToastNews[]>([])

export function toast(title: string, more: Partial<Omit<ToastNews, 'id' | 'title'>> = {}): void {
  toasts.value = [...toasts.value.slice(-3), { id: ++last, title, tone: 'ok', text: '', ...more }]
}

/** Tell a refusal: its reason and its cure. */
export function toastProblem(thrown: unknown): void {
  const problem = asProblem(thrown)
  toast(problem.message, { tone: 'bad', text: problem.hint })
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}
