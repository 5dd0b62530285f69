// Why names of NumPy and JAX are not here, and what some are called instead.

/** Names with another name here. */
export const renamed: { readonly [name: string]: string | undefined } = {
  ndarray: "Array",
  save: "np.toNpy",
  savez: "np.toNpz",
  load: "np.fromNpy",
  make_jaxpr: "graphOf",
  jacobian: "jacrev",
  double: "np.float64",
  single: "np.float32",
  half: "np.float16",
  intc: "np.int32",
  short: "np.int16",
  byte: "np.int8",
  uintc: "np.uint32",
  ushort: "np.uint16",
  ubyte: "np.uint8",
  row_stack: "np.vstack",
  bool_: "np.bool",
}

/** What is not here by choice, and the names that this concerns; the first that fits counts. */
const reasons: readonly (readonly [reason: string, names: RegExp])[] = [
  [
    "Not there, complex numbers (Fourier transforms take and give pairs of floats)",
    /complex|^(c(single|double|longdouble)|conj(ugate)?|real|imag|angle|real_if_close|isreal(obj)?|roots|poly|eig|eigvals|sqrtm|logm|schur|rsf2csf|sph_harm_y)$/i,
  ],
  [
    "Not there, dtypes: arrays hold floats of 16, 32 and 64 bits, bfloat16, integers to 32 bits and bools",
    /^(float\d+_e\w*|float128|u?int(1|2|4|64|_|p)?|long(long|double)?|ulong(long)?|float_|bool8)$/,
  ],
  [
    "Not there, NumPy's classes of dtypes: a dtype is a string here, and `isdtype` knows the kinds",
    /^(generic|number|integer|(un)?signedinteger|inexact|floating|flexible|character|dtype|sctypeDict|ScalarType|typecodes|typename|mintypecode|min_scalar_type|common_type|key_dtype)$/,
  ],
  [
    "Not there, text, records, dates and Python's objects",
    /^(str|bytes|object|record|void|recarray|matrix|asmatrix|bmat|poly1d)_?$|^(date|timedelta|busday|is_busday|isnat)|^(array2string|array_str|from(iter|pyfunc|regex|string)|nditer|nested_iters|ndenumerate|ndindex|flatiter|broadcast|ufunc|iterable|errstate|geterr(call)?|seterr(call)?|get_include|show_config|show_runtime|info|test|require|getbufsize|setbufsize|True_|False_|LinAlgError|ComplexWarning)$/,
  ],
  [
    "Not there, Python's slices as values: `slice` takes them as lists",
    /^(c_|r_|s_|index_exp|mgrid|ogrid)$/,
  ],
  [
    "Not there, files and text: `toNpy`, `toNpz` and the readers of `tradespace/data` are",
    /^(savetxt|loadtxt|genfromtxt|savez_compressed|fromfile|memmap|printoptions|.*_printoptions|array_repr|base_repr|binary_repr|format_float_\w+)$/,
  ],
  [
    "Not there, memory: arrays have no layout or aliases that a user sees, and do not change",
    /^(as(fortran|contiguous|any)array(_chkfinite)?|asarray_chkfinite|ascontiguousarray|isfortran|frombuffer|from_dlpack|may_share_memory|shares_memory|copyto|place|little_endian)$/,
  ],
  [
    "Not there, one program over several machines: threads and lanes are the scheduler's matter",
    /^(p(sum|mean|max|min|broadcast|permute|shuffle|swapaxes|cast|map)|psum_scatter|all_(gather|to_all)\w*|ragged_all_to_all|axis_(index|size)|with_sharding_constraint|psend|precv)$/,
  ],
  [
    "Not there, what speaks to XLA: orders of execution, keys of its compiler, its enumerations",
    /^(create_token|after_all|optimization_barrier|platform_dependent|composite|named_call|disable_jit|pure_callback|rng_\w+|RandomAlgorithm|Precision\w*|DotAlgorithm\w*|AccuracyMode|Tolerance|FftType|\w+DimensionNumbers|\w+Mode|RoundingMethod|\w+Implementation|SvdAlgorithm|dce_sink|stage|key_impl|conv_dimension_numbers|conv_general_(permutations|shape_tuple)|padtype_to_pads|shape_as_value|approx_m\w+_k|get_scaled_dot_general_config)$/,
  ],
]

/** Why a name is not here: by a choice that is named, or because nobody has written it. */
export function whyNot(name: string): string {
  return reasons.find(([, names]) => names.test(name))?.[0] ?? "Not there yet"
}
