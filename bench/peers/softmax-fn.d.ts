declare module "softmax-fn" {
  export default function softmax(values: Float32Array | Float64Array): Float32Array | Float64Array;
}
