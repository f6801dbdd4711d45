"""PyTorch models on top of `imgproc`, from LeNet to diffusion."""
