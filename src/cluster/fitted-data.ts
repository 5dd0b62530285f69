/**
 * Written by `node bench/planner.ts --fit`; do not edit. Fitted on 55 multi-node and 720 one-node
 * A100 step times and on 6,144 all-reduce times of A100 and V100 (vTrain, MIT licence); bands are
 * the middle nine tenths of 200 bootstrap fits that resample whole profiles.
 */
export const fittedData = {
  steps: {
    tailWaves: {
      value: 3.533,
      low: 3.138,
      high: 4.598,
    },
    memoryFraction: {
      value: 0.6003,
      low: 0.5611,
      high: 0.672,
    },
    hostSeconds: {
      value: 0.001116,
      low: 0.001082,
      high: 0.001155,
    },
    stepSeconds: {
      value: 0.003463,
      low: 0.0002665,
      high: 0.007399,
    },
  },
  links: {
    switched: {
      startSeconds: 0.00004823,
      hopSeconds: 0.000003016,
      fractions: [
        [2, 0.6464],
        [4, 0.7331],
        [8, 0.7632],
      ],
    },
    mesh: {
      startSeconds: 0.00001756,
      hopSeconds: 0.000002998,
      fractions: [
        [2, 0.1505],
        [4, 0.5709],
        [8, 0.9028],
      ],
    },
  },
  prediction: {
    low: 0.917,
    high: 1.205,
  },
} as const
