import { gather } from './gather'

export default gather(import.meta.glob('./en/*.json', { eager: true, import: 'default' }))
