using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>Mixed precision: while the scope is open, products on this thread run in a 16-bit type and the operations on
/// libtorch's list stay in float32 (<c>torch.autocast</c>). Weights are cast once and kept until the outermost scope
/// closes.</summary>
/// <remarks>
/// On the CPU's list layer norm and softmax run in the 16-bit type, cross entropy in float32. Dispose the scope on the thread
/// that entered it, scopes in reverse order. Another thread is not concerned.
/// </remarks>
public sealed unsafe class Autocast : IDisposable
{
    private readonly DeviceType _device;
    private readonly byte _wasEnabled;
    private readonly sbyte _formerType;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _isOpen = true;

    private Autocast(DeviceType device, ScalarType type)
    {
        _device = device;
        _wasEnabled = ReadEnabled(device);
        _formerType = ((delegate* unmanaged[Cdecl]<sbyte, sbyte>)NativeFunction.AutocastGetType.Address)((sbyte)device);
        Set(1, (sbyte)type);
        _ = ((delegate* unmanaged[Cdecl]<int>)NativeFunction.AutocastIncrementNesting.Address)();
    }

    /// <summary>Whether this libtorch offers it.</summary>
    public static bool IsAvailable => NativeFunction.Serves(NativeFunction.AutocastSetEnabled.Purpose);

    /// <summary>Opens a scope.</summary>
    /// <param name="device">CPU or CUDA.</param>
    /// <param name="type">BFloat16 or Float16.</param>
    /// <exception cref="ArgumentException">Another device or type.</exception>
    /// <exception cref="ClipException">Not <see cref="IsAvailable"/>.</exception>
    public static Autocast Enter(DeviceType device, ScalarType type)
    {
        if (device is not (DeviceType.CPU or DeviceType.CUDA))
        {
            throw new ArgumentException($"Autocast runs on CPU and CUDA, not on {device}.", nameof(device));
        }

        if (type is not (ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new ArgumentException($"Autocast computes in BFloat16 or Float16, not in {type}.", nameof(type));
        }

        if (!IsAvailable)
        {
            throw new ClipException(ClipError.Unavailable, "Mixed precision is not available", "libtorch",
                "a libtorch without its functions", $"libtorch {LibTorchPlaces.LibTorchVersion} for Linux",
                "Compute in float32, or store the weights in bfloat16.");
        }

        return new(device, type);
    }

    /// <summary>Whether a scope for the device is open on this thread.</summary>
    public static bool IsEnabled(DeviceType device) =>
        device is DeviceType.CPU or DeviceType.CUDA && IsAvailable && ReadEnabled(device) != 0;

    /// <summary>Closes the scope; what held before holds again.</summary>
    /// <exception cref="InvalidOperationException">Another thread entered it.</exception>
    public void Dispose()
    {
        if (!_isOpen)
        {
            return;
        }

        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("An autocast scope must be closed by the thread that entered it.");
        }

        _isOpen = false;
        Set(_wasEnabled, _formerType);
        if (((delegate* unmanaged[Cdecl]<int>)NativeFunction.AutocastDecrementNesting.Address)() == 0)
        {
            ((delegate* unmanaged[Cdecl]<void>)NativeFunction.AutocastClearCache.Address)();
        }
    }

    private static byte ReadEnabled(DeviceType device) =>
        ((delegate* unmanaged[Cdecl]<sbyte, byte>)NativeFunction.AutocastIsEnabled.Address)((sbyte)device);

    private void Set(byte enabled, sbyte type)
    {
        ((delegate* unmanaged[Cdecl]<sbyte, byte, void>)NativeFunction.AutocastSetEnabled.Address)((sbyte)_device, enabled);
        ((delegate* unmanaged[Cdecl]<sbyte, sbyte, void>)NativeFunction.AutocastSetType.Address)((sbyte)_device, type);
    }
}
