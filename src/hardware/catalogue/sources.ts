/** Where the catalogue's figures were read, in the short form that its entries quote. */

/** github.com/reox007/RightNow-GPU-Database, derived from TechPowerUp; vector rates only. */
export const gpuDatabase = "RightNow GPU Database (from TechPowerUp)"

/** github.com/karpathy/llm.c, llmc/mfu.h, quoting NVIDIA's architecture white papers. */
export const llmC = "llm.c, llmc/mfu.h (from NVIDIA's white papers)"

/** github.com/cli99/llm-analysis, llm_analysis/gpu_configs. */
export const llmAnalysis = "llm-analysis, gpu_configs"

/** jax-ml.github.io/scaling-book, chapters on TPUs and GPUs. */
export const scalingBook = "How to Scale Your Model (jax-ml scaling book)"

/** glennklockwood.com/garden/processors, quoting NVIDIA's data sheets. */
export const lockwood = "glennklockwood.com/garden/processors"

/** docs.cloud.google.com/tpu/docs, one page per generation. */
export const googleDocs = "docs.cloud.google.com/tpu/docs"

/** awsdocs-neuron.readthedocs-hosted.com, Trainium architecture pages. */
export const neuronDocs = "AWS Neuron documentation, Trainium architecture"

/** github.com/NVIDIA/nccl, src/graph/tuning.cc: microseconds per hop of a ring, Simple protocol. */
export const ncclTuning = "NCCL, src/graph/tuning.cc, ring hop, Simple protocol"

/** CUDA's table of technical specifications per compute capability. */
export const cudaLimits = "CUDA limits per compute capability"

/** docs.nvidia.com/dgx/dgxb200-user-guide, introduction. */
export const dgxB200Guide = "NVIDIA DGX B200 User Guide"

/** github.com/mlcommons/inference_results_*, description of the submitted systems. */
export const mlCommons = "MLCommons inference results, system descriptions"
