/** Networks as they were published, layer by layer. */

export { alexnet } from "./alexnet.ts"
export { resnet18, resnet34 } from "./resnet.ts"
export { encoder, gpt, gpt2, gpt2Sizes } from "./transformer.ts"
export { transformer, transformerSizes } from "./transformer-2017.ts"
