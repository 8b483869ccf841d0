using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClipSharp.Torch.Loading;

namespace ClipSharp.Torch.Kernels;

/// <summary>A loop that libtorch's threads share.</summary>
internal static unsafe class ParallelLoop
{
    /// <summary>Whether libtorch has it.</summary>
    public static bool IsAvailable { get; } = NativeFunction.Serves(NativeFunction.ParallelFor.Purpose);

    /// <param name="count">How many turns.</param>
    /// <param name="leastTurns">Fewer are not worth waking a thread.</param>
    /// <param name="body">Takes the first turn of a share, the one behind the last, and the arguments. It must not
    /// throw.</param>
    /// <param name="arguments">What it takes.</param>
    public static void Run(long count, long leastTurns, delegate*<long, long, void*, void> body, void* arguments)
    {
        var parallelFor = (delegate* unmanaged[Cdecl]<long, long, long, delegate* unmanaged[Cdecl]<long, long, Call*, void>,
            Call*, int>)NativeFunction.ParallelFor.Address;
        var call = new Call(body, arguments);
        if (parallelFor(0, count, leastTurns, &Share, &call) != 0)
        {
            throw new InvalidOperationException("libtorch's parallel loop failed.");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Share(long begin, long end, Call* call) => call->Body(begin, end, call->Arguments);

    private readonly struct Call(delegate*<long, long, void*, void> body, void* arguments)
    {
        public readonly delegate*<long, long, void*, void> Body = body;
        public readonly void* Arguments = arguments;
    }
}
