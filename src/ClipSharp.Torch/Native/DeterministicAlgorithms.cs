namespace ClipSharp.Torch.Native;

/// <summary>Makes libtorch refuse algorithms whose result depends on chance, such as the order of atomic additions
/// (<c>torch.use_deterministic_algorithms</c>). It holds for the whole process.</summary>
/// <remarks>On CUDA, products need the environment variable <c>CUBLAS_WORKSPACE_CONFIG=:4096:8</c> besides.</remarks>
public static unsafe class DeterministicAlgorithms
{
    /// <summary>Whether this libtorch offers the switch.</summary>
    public static bool IsAvailable => NativeFunction.Serves(NativeFunction.SetDeterministic.Purpose);

    /// <summary>Whether they are demanded now.</summary>
    public static bool IsOn =>
        IsAvailable && ((delegate* unmanaged[Cdecl]<nint, byte>)NativeFunction.IsDeterministic.Address)(Context()) != 0;

    /// <summary>Demands them, or no longer.</summary>
    /// <exception cref="ClipException">Not <see cref="IsAvailable"/>.</exception>
    public static void Use(bool on)
    {
        if (!IsAvailable)
        {
            throw new ClipException(ClipError.Unavailable, "Deterministic algorithms cannot be demanded", "libtorch",
                "a libtorch without the switch", $"libtorch {LibTorchPlaces.LibTorchVersion} for Linux",
                "On the CPU ClipSharp's own operations are deterministic without it.");
        }

        const byte FailInsteadOfWarning = 0;
        ((delegate* unmanaged[Cdecl]<nint, byte, byte, void>)NativeFunction.SetDeterministic.Address)(
            Context(), on ? (byte)1 : (byte)0, FailInsteadOfWarning);
    }

    private static nint Context() => ((delegate* unmanaged[Cdecl]<nint>)NativeFunction.GlobalContext.Address)();
}
