using System.Diagnostics;
using ClipSharp.Benchmarks.Suite;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;

namespace ClipSharp.Benchmarks;

/// <summary>What a process holds while it makes vectors of many pictures: <c>growth PICTURES VOCABULARY</c> prints resident memory,
/// the collector's heap and its pauses ten times on the way. Small JPEGs, each decoded anew, and a small model: a fault of a
/// byte a picture counts the same with a large one.</summary>
internal static class MemoryGrowth
{
    public const string Argument = "growth";

    private const int Kinds = 64;
    private const int Lines = 10;

    public static void Run(string[] arguments)
    {
        var (count, vocabulary) = (int.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture), arguments[1]);
        var config = ModelPresets.Find("RN-Tiny-32");
        IReadOnlyList<ReadOnlyMemory<byte>> jpegs = [.. Photographs.Jpegs(Kinds, 48, 36).Select(jpeg => jpeg.AsMemory())];
        using var clip = new Clip(new TorchEncoder(ClipModel.Create(config), Precision.Parse("fp32"), ownsModel: true),
            BpeTokenizer.Load(vocabulary), config, new PreprocessConfig(), () => "");
        var clock = Stopwatch.StartNew();
        for (var done = 0; done < count;)
        {
            var next = done + (count / Lines);
            while (done < next)
            {
                done += clip.EncodeImages(jpegs).Count;
            }

            Console.WriteLine(FormattableString.Invariant(
                $"{done,9:N0} pictures, {done / clock.Elapsed.TotalSeconds:N0}/s: {Environment.WorkingSet / 1e6:0.0} MB resident, ")
                + FormattableString.Invariant(
                    $"{GC.GetTotalMemory(forceFullCollection: false) / 1e6:0.0} MB in the heap, {GC.CollectionCount(0)} collections, ")
                + FormattableString.Invariant($"{GC.GetTotalPauseDuration().TotalMilliseconds:0} ms of pauses"));
        }
    }
}
