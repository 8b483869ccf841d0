using System.Runtime.Intrinsics;
using ClipSharp.Host;

namespace ClipSharp.Benchmarks;

/// <summary>How fast memory can be read: the floor of work that reads much and computes little.</summary>
internal static unsafe class MemoryReading
{
    /// <summary>Reads every byte once, by all threads.</summary>
    public static void Read(nint first, long bytes)
    {
        var threads = Processors.Threads;
        var vectorsEach = bytes / Vector256<byte>.Count / threads;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            var at = (byte*)first + (thread * vectorsEach * Vector256<byte>.Count);
            var (a, b) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
            for (long i = 0; i + 1 < vectorsEach; i += 2, at += 2 * Vector256<byte>.Count)
            {
                a ^= Vector256.Load(at);
                b ^= Vector256.Load(at + Vector256<byte>.Count);
            }

            GC.KeepAlive(a ^ b);
        });
    }
}
