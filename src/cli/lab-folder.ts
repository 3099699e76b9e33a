/** Where a lab is kept that nobody gave a folder: beside a real node's, never in it. */
export const LAB_FOLDER = "./data-lab";
