import { gather } from './gather'

export default gather(import.meta.glob('./de/*.json', { eager: true, import: 'default' }))
