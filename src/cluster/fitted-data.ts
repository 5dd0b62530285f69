/**
 * Written by `node bench/planner.ts --fit`; do not edit. Fitted on 55 multi-node and 720 one-node
 * A100 step times and on 6,144 all-reduce times of A100 and V100 (vTrain, MIT licence); bands are
 * the middle nine tenths of 200 bootstrap fits that resample whole profiles (of 40 for links).
 */
export const fittedData = {
  steps: {
    tailWaves: {
      value: 4.304,
      low: 3.409,
      high: 4.875,
    },
    memoryFraction: {
      value: 0.7013,
      low: 0.6374,
      high: 0.7809,
    },
    hostSeconds: {
      value: 0.001114,
      low: 0.001074,
      high: 0.001148,
    },
    stepSeconds: {
      value: 0.004264,
      low: 0.001782,
      high: 0.008527,
    },
  },
  links: {
    switched: {
      startSeconds: {
        value: 0.00004823,
        low: 0.00004453,
        high: 0.00005349,
      },
      hopSeconds: {
        value: 0.000003016,
        low: 0.000002362,
        high: 0.000003562,
      },
      widest: {
        value: 0.7632,
        low: 0.7619,
        high: 0.7645,
      },
      fractions: [
        [2, 0.6464],
        [4, 0.7331],
        [8, 0.7632],
      ],
    },
    mesh: {
      startSeconds: {
        value: 0.00001756,
        low: 0.00001438,
        high: 0.00002079,
      },
      hopSeconds: {
        value: 0.000002998,
        low: 0.000002375,
        high: 0.000003604,
      },
      widest: {
        value: 0.9028,
        low: 0.9017,
        high: 0.904,
      },
      fractions: [
        [2, 0.1505],
        [4, 0.5709],
        [8, 0.9028],
      ],
    },
  },
  prediction: {
    low: 0.9293,
    high: 1.178,
  },
} as const
