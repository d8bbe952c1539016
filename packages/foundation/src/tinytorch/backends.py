"""PyTorch's `torch.backends`, so that a program can ask: none of them is there."""


class Backend:
    @staticmethod
    def is_available():
        return False


cuda, cudnn, mps, mkl, openmp = (Backend() for _ in range(5))
