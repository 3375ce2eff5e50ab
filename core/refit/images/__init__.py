"""What is done to the images of a batch: variation, occlusion, corruption, mixing and warping."""
