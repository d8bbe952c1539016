from typing import Any

import numpy as np

float32: np.dtype[Any]
float: np.dtype[Any]
float64: np.dtype[Any]
double: np.dtype[Any]
float16: np.dtype[Any]
half: np.dtype[Any]
int64: np.dtype[Any]
long: np.dtype[Any]
int32: np.dtype[Any]
int: np.dtype[Any]
int16: np.dtype[Any]
short: np.dtype[Any]
int8: np.dtype[Any]
uint8: np.dtype[Any]
bool: np.dtype[Any]
