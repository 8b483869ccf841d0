using System.Runtime.InteropServices;
using ClipSharp.Host;
using SkiaSharp;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>What this machine can do at most: products, reading memory, decoding JPEGs.</summary>
internal static class FloorsPart
{
    public const string Name = "floors";

    public static void Run(SuiteRun run)
    {
        foreach (var format in run.Formats)
        {
            using var floor = new ProductFloor(format);
            var turns = Turns.Of(run.Rounds, 5, [.. floor.Sides]);
            foreach (var (side, rate) in ProductFloor.Cubes.Zip(floor.Rates(turns, 0)))
            {
                Tell($"product of {side:N0} cubed, {format}", "GFLOP/s", "oneDNN, packed", rate / 1e9);
            }
        }

        foreach (var side in ProductFloor.Cubes)
        {
            using var scope = NewDisposeScope();
            var (a, b) = (randn(side, side), randn(side, side));
            Tell($"product of {side:N0} cubed, fp32", "GFLOP/s", "libtorch's mm (MKL)",
                run.Rate(2 * Math.Pow(side, 3), () => a.mm(b).Dispose()).Median / 1e9);
        }

        var bytes = run.IsQuick ? 128L << 20 : 1L << 30;
        Tell($"reading {bytes >> 20:N0} MiB", "GB/s", $"threads: {Processors.Threads}", MemoryRate(run, bytes) / 1e9);
        var jpegs = Photographs.Jpegs(8);
        Tell($"decoding JPEGs of {Photographs.Width} x {Photographs.Height}", "pictures/s", "Skia, one core",
            run.Rate(jpegs.Count, () => Decode(jpegs)).Median);

        void Tell(string what, string unit, string who, double value) => run.Add(new SuiteRow(Name, what, unit, who, value));
    }

    private static unsafe double MemoryRate(SuiteRun run, long bytes)
    {
        var memory = (nint)NativeMemory.Alloc((nuint)bytes);
        try
        {
            for (var at = 0L; at < bytes; at += 4096) // so that every page is one of its own
            {
                ((byte*)memory)[at] = (byte)at;
            }

            return run.Rate(bytes, () => MemoryReading.Read(memory, bytes)).Median;
        }
        finally
        {
            NativeMemory.Free((void*)memory);
        }
    }

    private static unsafe void Decode(IReadOnlyList<byte[]> jpegs)
    {
        var info = new SKImageInfo(Photographs.Width, Photographs.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = new byte[info.BytesSize];
        foreach (var jpeg in jpegs)
        {
            using var data = SKData.CreateCopy(jpeg);
            using var codec = SKCodec.Create(data);
            fixed (byte* first = pixels)
            {
                codec.GetPixels(info, (nint)first);
            }
        }
    }
}
