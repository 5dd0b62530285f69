/**
 * Written by `node bench/planner.ts --fit`; do not edit. Fitted on 55 multi-node and 720 one-node
 * A100 step times and on 6,144 all-reduce times of A100 and V100 (vTrain, MIT licence); bands are
 * the middle nine tenths of 200 bootstrap fits that resample whole profiles (of 40 for links).
 */
export const fittedData = {
  steps: {
    tailWaves: {
      value: 4.258,
      low: 3.329,
      high: 4.915,
    },
    memoryFraction: {
      value: 0.6101,
      low: 0.5665,
      high: 0.6566,
    },
    hostSeconds: {
      value: 0.001139,
      low: 0.001097,
      high: 0.001171,
    },
    stepSeconds: {
      value: 0.002424,
      low: 0.0000786,
      high: 0.005484,
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
    low: 0.927,
    high: 1.188,
  },
} as const
