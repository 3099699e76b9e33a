/** Whose mail it is: the hosting company's servers as sources, each of a tenant, as an operator would have entered them. */

const TENANTS: readonly (readonly [key: string, name: string])[] = [
  ["hotel-lux", "Hotel Lux"],
  ["kanzlei-m", "Kanzlei M"],
  ["shopking", "Shopking"],
  ["verein-x", "Verein X"],
  ["praxis-nord", "Praxis Nord"],
  ["studio-b", "Studio B"],
  ["weinhaus", "Weinhaus"],
  ["werkstatt", "Werkstatt 9"],
];

/** A settings file. */
export function companySettings(servers: number, range: string): string {
  const tenants = TENANTS.map(([key, name]) => `  ${key}: {name: ${name}, contact: postmaster@${key}.example, mayRelease: true}`);
  const sources = Array.from({ length: servers }, (_, n) => {
    const [tenant] = TENANTS[n % TENANTS.length] ?? ["default"];
    return `  srv${n + 1}: {ranges: [${range}.${n + 1}/32], tenant: ${tenant}}`;
  });
  return ["tenants:", ...tenants, "sources:", ...sources, ""].join("\n");
}
