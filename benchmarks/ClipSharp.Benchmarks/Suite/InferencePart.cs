using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Text;
using ClipSharp.Torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Pictures and texts through both engines, beside ONNX Runtime on our export, on those of others where there are any,
/// and beside plain TorchSharp. Random weights.</summary>
internal static class InferencePart
{
    public const string Name = "inference";

    private const string OnnxRuntime = "ONNX Runtime fp32";
    private const int ManyTexts = 32;

    private static readonly (string Preset, int[] Batches, string[] Formats, bool HasTexts)[] Models =
    [
        ("ViT-B-32", [1, 8, 32], ["fp32", "bf16"], true),
        ("RN50", [1, 8], ["fp32"], false),
    ];

    public static void Run(SuiteRun run)
    {
        foreach (var (preset, batches, formats, hasTexts) in Models)
        {
            var folder = Directory.CreateTempSubdirectory("clipsharp-benchmark-");
            try
            {
                using var engines = new InferenceEngines(preset, [.. formats.Intersect(run.Formats)], run, Path.Combine(folder.FullName, "onnx"));
                foreach (var batch in run.IsQuick ? batches[..1] : batches)
                {
                    Pictures(run, engines, batch);
                }

                if (hasTexts)
                {
                    Texts(run, engines, run.IsQuick ? 4 : ManyTexts);
                }
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    private static void Pictures(SuiteRun run, InferenceEngines engines, int batch)
    {
        var pixels = RandomInputs.Of(engines.Config, batch).Pixels;
        Compare(run, engines, $"{engines.Preset}, {batch} {(batch == 1 ? "picture" : "pictures")}",
            2.0 * ModelCost.Of(engines.Config).ImageMultiplyAdds * batch, batch == 1 ? 5 : 1,
            encoder => () => encoder.EncodeImages(pixels), (model, format) => PlainWork.Pictures(model, format, pixels));
    }

    private static void Texts(SuiteRun run, InferenceEngines engines, int count)
    {
        var full = RandomInputs.Of(engines.Config, count).Tokens;
        var length = engines.Config.Text.ContextLength;
        Compare(run, engines, $"{engines.Preset}, {count} texts of {length} tokens",
            2.0 * ModelCost.Of(engines.Config).TextMultiplyAdds * count, 1,
            encoder => () => encoder.EncodeTexts(full), (model, _) => PlainWork.Texts(model, full));

        var (texts, source) = CaptionTexts.Read(count);
        var captions = engines.Tokenizer.Tokenize(texts, length);
        var what = $"{engines.Preset}, {count} {source}, {(double)captions.TokenCount / count:0} tokens on average";
        var encoders = engines.Ours;
        var turns = Turns.Of(run.Rounds, 1, [
            .. engines.Rivals.Select(rival => (Action)(() => rival.Encoder.EncodeTexts(captions))),
            .. encoders.Select(own => (Action)(() => own.Encoder.EncodeTexts(captions))),
            .. encoders.Select(own => (Action)(() => own.Encoder.EncodeTexts(full)))]);
        foreach (var (i, own) in encoders.Index())
        {
            var ours = (engines.Rivals.Count + i, $"ClipSharp {own.Format}");
            foreach (var (j, rival) in engines.Rivals.Index())
            {
                run.Add(SuiteRow.Of(turns, Name, what, ours, (j, rival.Name)));
            }

            run.Add(SuiteRow.Of(turns, Name, what, ours,
                (engines.Rivals.Count + encoders.Count + i, $"ClipSharp {own.Format}, {length} tokens")));
        }
    }

    // All sides in the same rounds; a row for each of ours and each rival.
    private static void Compare(SuiteRun run, InferenceEngines engines, string what, double operations, int calls,
        Func<IClipEncoder, Action> encode, Func<PlainClip, string, Action> plain)
    {
        var (rivals, ours) = (engines.Rivals, engines.Ours);
        var turns = Turns.Of(run.Rounds, calls, [
            .. rivals.Select(rival => encode(rival.Encoder)), .. ours.Select(own => encode(own.Encoder)),
            .. ours.Select(own => plain(own.Plain, own.Format)), .. ours.SelectMany(own => own.Floor.Sides)]);
        foreach (var (i, own) in ours.Index())
        {
            var side = (rivals.Count + i, $"ClipSharp {own.Format}");
            var rate = operations / turns.Of(side.Item1).Median;
            var floor = rivals.Count + (2 * ours.Count) + (ProductFloor.Cubes.Count * i);
            foreach (var (j, rival) in rivals.Index())
            {
                Add((j, rival.Name));
            }

            Add((rivals.Count + ours.Count + i, $"plain TorchSharp {own.Format}"));

            void Add((int Side, string Name) beside) =>
                run.Add(own.Floor.Share(SuiteRow.Of(turns, Name, what, side, beside), rate, turns, floor));
        }
    }

    /// <summary>One model in every engine.</summary>
    private sealed class InferenceEngines : IDisposable
    {
        public InferenceEngines(string preset, IReadOnlyList<string> formats, SuiteRun run, string folder)
        {
            (Preset, Config, Tokenizer) = (preset, ModelPresets.Find(preset), BpeTokenizer.Load(run.Vocabulary));
            using (var source = ClipModel.Create(Config))
            {
                OnnxExporter.Write(folder, Config, new PreprocessConfig(), Tokenizer, source.Weights());
            }

            Rivals = [(OnnxRuntime, new OnnxEncoder(OnnxFolder.Open(folder))),
                .. run.Exports.Where(export => Path.GetFileName(Path.TrimEndingDirectorySeparator(export)) == preset)
                    .Select(export => ($"{OnnxRuntime}, {export}", new OnnxEncoder(OnnxFolder.Open(export))))];
            Ours = [.. formats.Select(format => (format,
                new TorchEncoder(ClipModel.Create(Config), Precision.Parse(format), ownsModel: true), Plain(format),
                new ProductFloor(format)))];

            PlainClip Plain(string format)
            {
                var plain = PlainWork.Model(Config, format);
                plain.eval();
                return plain;
            }
        }

        public string Preset { get; }

        public ModelConfig Config { get; }

        public BpeTokenizer Tokenizer { get; }

        public IReadOnlyList<(string Name, OnnxEncoder Encoder)> Rivals { get; }

        public IReadOnlyList<(string Format, TorchEncoder Encoder, PlainClip Plain, ProductFloor Floor)> Ours { get; }

        public void Dispose()
        {
            foreach (var (_, encoder) in Rivals)
            {
                encoder.Dispose();
            }

            foreach (var (_, encoder, plain, floor) in Ours)
            {
                encoder.Dispose();
                plain.Dispose();
                floor.Dispose();
            }
        }
    }
}
