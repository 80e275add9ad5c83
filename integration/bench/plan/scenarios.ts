/** What is planned or looked at, and over what. */
export interface PlanScenario {
  readonly name: string;
  readonly title: string;
  readonly command: 'plan' | 'check';
  readonly images: number;
  readonly kind: 'manifest' | 'index' | 'layers';
  /** The registry wants a token, which anybody gets. */
  readonly hasTokens?: boolean;
  /** The store has all of them. */
  readonly isPresent?: boolean;
  /** What must hold of the new program; the bench fails otherwise. */
  readonly wanted: Wanted;
}

export interface Wanted {
  /** What the latency adds to the wall time, in round trips: less than that. node and two podmans alone take longer. */
  readonly roundTrips?: number;
  readonly requests?: number;
  readonly processes?: number;
  /** Resident set of the program at its highest: no more. */
  readonly peakMegabytes?: number;
}

export const planScenarios: readonly PlanScenario[] = [
  {
    name: 'images',
    title: 'plan of 30 images',
    command: 'plan',
    images: 30,
    kind: 'manifest',
    wanted: { roundTrips: 10 },
  },
  {
    name: 'indexes',
    title: 'plan of 30 indexes',
    command: 'plan',
    images: 30,
    kind: 'index',
    wanted: { roundTrips: 10 },
  },
  {
    name: 'tokens',
    title: 'plan of 30 indexes, with tokens',
    command: 'plan',
    images: 30,
    kind: 'index',
    hasTokens: true,
    wanted: { roundTrips: 20 },
  },
  {
    name: 'eight',
    title: 'plan of 8 images',
    command: 'plan',
    images: 8,
    kind: 'manifest',
    wanted: { roundTrips: 10 },
  },
  {
    name: 'present',
    title: 'plan of 30 images that are present',
    command: 'plan',
    images: 30,
    kind: 'manifest',
    isPresent: true,
    wanted: { requests: 0, processes: 2 },
  },
  {
    name: 'layers',
    title: 'plan of 200 images of 10 layers',
    command: 'plan',
    images: 200,
    kind: 'layers',
    wanted: { peakMegabytes: 200 },
  },
  {
    name: 'online',
    title: 'check --online of 30 indexes',
    command: 'check',
    images: 30,
    kind: 'index',
    wanted: {},
  },
];
