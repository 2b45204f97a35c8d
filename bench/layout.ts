/** Orders of axes: ours are PyTorch's, images [N, C, H, W] and kernels [O, I, H, W]; tfjs has channels last. */
export const NCHW_TO_NHWC = [0, 2, 3, 1];
export const NHWC_TO_NCHW = [0, 3, 1, 2];
export const OIHW_TO_HWIO = [2, 3, 1, 0];
export const HWIO_TO_OIHW = [3, 2, 0, 1];
/** For depthwise kernels, [C, 1, H, W] to [H, W, C, 1]; it is its own inverse. */
export const OIHW_TO_HWOI = [2, 3, 0, 1];
