namespace ClipSharp.Torch.Loading;

/// <summary>A function of libtorch that TorchSharp does not reach, sought under its exported name at first use. The names are
/// those of libtorch 2.10 built by GCC; a C++ name spells the parameter types, so another signature is not found. Whoever
/// calls one checks its arguments before: an exception out of C++ would end the process.</summary>
internal sealed class NativeFunction
{
    private readonly Lazy<nint> _address;

    private NativeFunction(string purpose, string symbol)
    {
        (Purpose, Symbol) = (purpose, symbol);
        _address = new(() => LibTorch.TryGetExport(symbol, out var address) ? address : 0);
    }

    public static NativeFunction FusedAdamW { get; } = new("fused AdamW",
        "_ZN2at4_ops13_fused_adamw_4callEN3c108ArrayRefINS_6TensorEEES5_S5_S5_S5_S5_dddddbbRKSt8optionalIS4_ES9_");

    public static NativeFunction AutocastIsEnabled { get; } = new("autocast",
        "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE");

    public static NativeFunction AutocastSetEnabled { get; } = new("autocast",
        "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb");

    public static NativeFunction AutocastGetType { get; } = new("autocast",
        "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE");

    public static NativeFunction AutocastSetType { get; } = new("autocast",
        "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");

    public static NativeFunction AutocastIncrementNesting { get; } = new("autocast", "_ZN2at8autocast17increment_nestingEv");

    public static NativeFunction AutocastDecrementNesting { get; } = new("autocast", "_ZN2at8autocast17decrement_nestingEv");

    public static NativeFunction AutocastClearCache { get; } = new("autocast", "_ZN2at8autocast11clear_cacheEv");

    public static NativeFunction ParallelFor { get; } = new("loops over memory", "torch_parallel_for");

    public static NativeFunction DataPointer { get; } = new("loops over memory", "torch_get_mutable_data_ptr");

    public static NativeFunction ViewAsType { get; } = new("batches beyond 2 GiB", "aoti_torch_view_dtype");

    public static NativeFunction CallDispatcher { get; } = new("packed weights", "aoti_torch_call_dispatcher");

    public static NativeFunction NewTensorHandle { get; } = new("packed weights", "aoti_torch_new_tensor_handle");

    public static NativeFunction LinearPointwise { get; } = new("packed weights", "aoti_torch_cpu__linear_pointwise");

    public static NativeFunction LinearPointwiseSum { get; } = new("packed weights", "aoti_torch_cpu__linear_pointwise_binary");

    public static NativeFunction MatrixProduct { get; } = new("products of training",
        "_ZN2at6native13mkldnn_matmulERKNS_6TensorES3_S3_ff");

    public static NativeFunction ConvolutionPointwise { get; } = new("convolutions with a rectifier",
        "aoti_torch_cpu_mkldnn__convolution_pointwise");

    public static NativeFunction HasBfloat16 { get; } = new("bfloat16 in natively compiled programs",
        "_ZN2at3cpu24is_avx512_bf16_supportedEv");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NativeFunction> All { get; } =
    [
        FusedAdamW,
        AutocastIsEnabled, AutocastSetEnabled, AutocastGetType, AutocastSetType,
        AutocastIncrementNesting, AutocastDecrementNesting, AutocastClearCache,
        ParallelFor, DataPointer, ViewAsType, CallDispatcher, NewTensorHandle, LinearPointwise,
        LinearPointwiseSum, MatrixProduct, ConvolutionPointwise,
        HasBfloat16,
    ];

    /// <summary>What it serves.</summary>
    public string Purpose { get; }

    /// <summary>Its exported name.</summary>
    public string Symbol { get; }

    /// <summary>Whether this libtorch has it.</summary>
    public bool IsAvailable => _address.Value != 0;

    /// <summary>Where it is, 0 when it is nowhere.</summary>
    public nint Address => _address.Value;

    /// <summary>Whether all functions of a purpose are there.</summary>
    public static bool Serves(string purpose) =>
        All.Where(function => function.Purpose == purpose).All(function => function.IsAvailable);
}
