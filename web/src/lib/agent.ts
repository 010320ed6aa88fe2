// What a browser says of itself, as people call it. Pure.

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
  [/^curl\/(\d+)/, 'curl'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** "Firefox 140, Linux"; what is not known stays as it was said. */
export function agentName(said: string): string {
  for (const [form, name] of BROWSERS) {
    const version = form.exec(said)?.[1]
    if (version === undefined) continue
    const system = SYSTEMS.find(([one]) => one.test(said))?.[1]
    return [`${name} ${version}`, system].filter(Boolean).join(', ')
  }
  return said
}
