// `npm run api`: src/api/schema.ts from openapi.json.
//
// Only what our own API uses of OpenAPI 3.1: components with JSON Schema, and of each
// route its answer, its body and the scope of keys. Sorted, so that the same description gives the same file.
import { readFileSync, writeFileSync } from 'node:fs'

const description = JSON.parse(readFileSync('openapi.json', 'utf8'))

const name = (text) => text.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
const quoted = (text) => (/^[A-Za-z_]\w*$/.test(text) ? text : JSON.stringify(text))

const SIMPLE = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' }

function typeOf(schema) {
  if (!schema || Object.keys(schema).length === 0) return 'unknown'
  if (schema.$ref) return name(schema.$ref.split('/').at(-1))
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  const several = schema.anyOf ?? schema.oneOf
  if (several) return several.map(typeOf).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ')
  if (schema.type === 'array') return `(${typeOf(schema.items)})[]`
  if (schema.type === 'object' || schema.properties) return objectOf(schema)
  return SIMPLE[schema.type] ?? 'unknown'
}

function objectOf(schema) {
  const needed = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties ?? {}).map(
    ([key, field]) => `${quoted(key)}${needed.has(key) || 'default' in field ? '' : '?'}: ${typeOf(field)}`,
  )
  if (fields.length > 0) return `{ ${fields.join('; ')} }`
  return `Record<string, ${typeOf(schema.additionalProperties === true ? {} : schema.additionalProperties)}>`
}

const json = (content) => content?.['application/json']?.schema ?? content?.['application/merge-patch+json']?.schema

function routes() {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, route]) => route.responses)
      .map(([method, route]) => {
        const good = Object.entries(route.responses).find(([status]) => status.startsWith('2'))?.[1]
        const gives = json(good?.content)
        const takes = json(route.requestBody?.content)
        return `  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: { gives: ${gives ? typeOf(gives) : 'undefined'}; takes: ${takes ? typeOf(takes) : 'undefined'} }`
      }),
  )
}

function scopes() {
  const all = Object.values(description.paths).flatMap((methods) => Object.values(methods).flatMap((route) => (route.security ?? []).flatMap(({ key }) => key ?? [])))
  return [...new Set(all)].sort().map((one) => `  ${JSON.stringify(one)},`)
}

const components = Object.entries(description.components?.schemas ?? {}).map(([key, schema]) => `export type ${name(key)} = ${typeOf(schema)}`)
writeFileSync(
  'src/api/schema.ts',
  `// Made of openapi.json by \`npm run api\`: mend it there.\n\n${components.sort().join('\n\n')}\n\nexport interface Routes {\n${routes().sort().join('\n')}\n}\n\n/** What an API key may be made for. */\nexport const SCOPES = [\n${scopes().join('\n')}\n] as const\n`,
)
