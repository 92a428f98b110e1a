/** What each family exports, the package exports. */
export * from "./accumulator.js";
export * from "./calibration.js";
export * from "./crossEntropy.js";
export * from "./elementwise.js";
export * from "./entropy.js";
export * from "./jacobian.js";
export * from "./logRatio.js";
export * from "./logRatioJacobian.js";
export * from "./logSumExp.js";
export * from "./penalize.js";
export * from "./softmax.js";
export * from "./topK.js";
export * from "./vjp.js";
