using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Metrics;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tests;

public sealed class BenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ColourEncoder _encoder = new(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small")));
    private readonly Clip _clip;

    public BenchmarkTests() => _clip = new Clip(_encoder, TinyModel.Write(_folder["model"])) { BatchSize = 4 };

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_picture_keeps_its_class_round_broken_ones()
    {
        var split = ColourPictures.WriteSplit(_folder, 20, broken: [0, 7, 8]);
        var report = Run(new BenchmarkOptions { Data = split, ClassesPresent = true });
        Assert.Equal("zeroshot_classification", report.Task);
        Assert.Equal(("colours", "test"), (report.Dataset, report.Split));
        Assert.Equal(["acc1", "acc5", "mean_per_class_recall", "acc1_present", "acc5_present"],
            report.Metrics.Select(metric => metric.Name));
        Assert.All(report.Metrics.Where(metric => double.IsFinite(metric.Value)),
            metric => Assert.Equal((1.0, 17), (metric.Value, metric.Samples)));
        Assert.Equal(3, report.Skipped!["NotAPicture"]);
    }

    [Fact]
    public void Every_caption_keeps_its_picture_round_broken_ones()
    {
        var split = ColourPictures.WriteSplit(_folder, 9, broken: [0, 4, 5, 6, 7, 8]); // one of each colour is left
        var report = Run(new BenchmarkOptions { Data = split, Task = EvaluationTasks.Retrieval, RecallK = [1, 2, 1] });
        Assert.Equal("zeroshot_retrieval", report.Task);
        Assert.All(report.Metrics, metric => Assert.Equal(1.0, metric.Value));
        Assert.Equal(6, report.Metrics.Single(metric => metric.Name == "image_retrieval_recall@1").Samples);
        Assert.Equal(3, report.Metrics.Single(metric => metric.Name == "text_retrieval_recall@2").Samples);
    }

    [Fact]
    public void Captions_of_the_same_tokens_are_encoded_once()
    {
        var encoder = new FakeEncoder();
        using var clip = new Clip(encoder, TinyModel.Write(_folder["other"])) { BatchSize = 4 };
        var split = ColourPictures.WriteSplit(_folder, 9); // 18 captions, of each colour the same two
        var report = new Benchmark(clip, "fake", "none")
            .Run(new BenchmarkOptions { Data = split, Task = EvaluationTasks.Retrieval });
        Assert.Equal(6, encoder.TextsEncoded);
        Assert.Equal(18, report.Metrics[0].Samples);
    }

    [Fact]
    public void Twins_among_the_classes_share_what_is_taken_for_them_and_are_told()
    {
        var split = ColourPictures.WriteSplit(_folder, 9);
        var list = _folder["colours/classnames.txt"];
        File.WriteAllText(list, "red\ngreen\nblue\nred\nRed\n");

        var report = Run(new BenchmarkOptions { Data = split });

        // Of nine pictures six are right, and three count a third: red stands in three places.
        Assert.Equal(7 / 9.0, report.Metrics[0].Value, 1e-12);
        Assert.Equal(3, report.Metrics[0].Ties);
        Assert.Contains("\"red\" (lines 1 and 4)", report.Notes![0], StringComparison.Ordinal);
        Assert.Contains("\"red\", \"Red\"", report.Notes[1], StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(list))),
            report.ClassnamesSha256);
        Assert.NotEqual(report.TemplatesSha256, Run(new BenchmarkOptions { Data = split, Template = ["a {}"] }).TemplatesSha256);
    }

    [Fact]
    public void A_blank_class_name_is_a_class()
    {
        var split = ColourPictures.WriteSplit(_folder, 9);
        File.WriteAllText(_folder["colours/classnames.txt"], "red\n\nblue\n");
        var report = Run(new BenchmarkOptions { Data = split });
        Assert.Equal("line 2 is blank: that class has no name", Assert.Single(report.Notes!));
        Assert.Equal(9, report.Metrics[0].Samples);
    }

    [Fact]
    public void Vectors_that_are_no_numbers_are_refused_by_their_picture()
    {
        var split = ColourPictures.WriteSplit(_folder, 9);
        using var clip = new Clip(new FakeEncoder(2) { Spoilt = true }, TinyModel.Write(_folder["other"]));
        var options = new BenchmarkOptions { Data = split, Task = EvaluationTasks.Retrieval };
        var refusal = Assert.Throws<ClipException>(() => new Benchmark(clip, "m", "m").Run(options));
        Assert.Contains("0.tar, 000): found NaN", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_come_before_the_files_beside_the_split()
    {
        var split = ColourPictures.WriteSplit(_folder, 6);
        File.WriteAllText(_folder["colours/zeroshot_classification_templates.txt"], "the {c} thing");
        File.WriteAllText(_folder["names.txt"], "blue\ngreen\nred\n"); // classes 0 and 2 the wrong way round
        Assert.Equal(["the {} thing"], Run(new BenchmarkOptions { Data = split }).Templates);
        var report = Run(new BenchmarkOptions { Data = split, Classnames = _folder["names.txt"], Template = ["{}", "some {}"] });
        Assert.Equal(["{}", "some {}"], report.Templates);
        Assert.Equal(1 / 3.0, report.Metrics[0].Value, 1e-12);
    }

    [Fact]
    public void Each_class_may_have_sentences_of_its_own()
    {
        var split = ColourPictures.WriteSplit(_folder, 6);
        File.WriteAllText(_folder["prompts.json"],
            """{"blue": ["a green sea", "green"], "green": ["blue leaves"], "red": ["red wine", "red", "a red thing"]}""");

        var report = Run(new BenchmarkOptions { Data = split, Prompts = _folder["prompts.json"] });

        Assert.Equal(1 / 3.0, report.Metrics[0].Value, 1e-12); // blue and green the wrong way round
        Assert.Null(report.Templates);
        Assert.Throws<ClipException>(() =>
            Run(new BenchmarkOptions { Data = split, Prompts = _folder["prompts.json"], Template = ["{}"] }));
    }

    [Fact]
    public void Probabilities_of_templates_may_be_averaged()
    {
        var split = ColourPictures.WriteSplit(_folder, 9);
        var options = new BenchmarkOptions { Data = split, Template = ["{}", "red {}"], ClassesPresent = true };
        var (vectors, probabilities) = (Run(options), Run(options with { Ensemble = PromptEnsemble.Probabilities }));
        Assert.Equal((PromptEnsemble.Embeddings, PromptEnsemble.Probabilities), (vectors.Ensemble, probabilities.Ensemble));
        Assert.Contains("\"ensemble\": \"probabilities\"", probabilities.ToJson(), StringComparison.Ordinal);
        Assert.Equal([1.0, 1.0], new[] { 0, 3 }.Select(metric => probabilities.Metrics[metric].Value));
        Assert.NotEqual(vectors.Outcomes[0][1].Score, probabilities.Outcomes[0][1].Score);

        foreach (var unfit in new[] { options with { Task = "knn" }, options with { Task = "calibration" } })
        {
            Assert.Contains("--ensemble probabilities", Refused(unfit with { Ensemble = PromptEnsemble.Probabilities }),
                StringComparison.Ordinal);
        }

        File.WriteAllText(_folder["prompts.json"], """{"red": ["red"], "green": ["green"], "blue": ["blue"]}""");
        Assert.Contains("--prompts", Refused(new BenchmarkOptions
        {
            Data = split,
            Prompts = _folder["prompts.json"],
            Ensemble = PromptEnsemble.Probabilities,
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_classifier_names_in_place_of_prompts()
    {
        var split = ColourPictures.WriteSplit(_folder, 9);
        ColourPictures.WriteNamed(_folder, "train", 30);
        var path = Stored("red", "green", "blue");
        var encoded = _encoder.TextsEncoded;
        var report = Run(new BenchmarkOptions { Data = split, Classifier = path });
        Assert.Equal(encoded, _encoder.TextsEncoded);
        Assert.Equal(1.0, report.Metrics[0].Value);
        Assert.Equal(["red", "green", "blue"], report.Classnames);
        Assert.Equal((null, null), (report.Templates, report.Ensemble));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))),
            report.ClassifierSha256);
        Assert.Null(report.Notes);
        Assert.Equal(Run(new BenchmarkOptions { Data = split, Template = ["{}"], Task = "calibration" }).Metrics,
            Run(new BenchmarkOptions { Data = split, Classifier = path, Task = "calibration" }).Metrics);

        var renamed = Run(new BenchmarkOptions { Data = split, Classifier = Stored("a red thing", "green", "blue") });
        Assert.Equal("1 of 3 names are not the set's, such as \"a red thing\" for \"red\"", Assert.Single(renamed.Notes!));
        File.Delete(_folder["colours/classnames.txt"]);
        Assert.StartsWith("the set has no names", Run(new BenchmarkOptions
        {
            Data = split,
            Classifier = path,
            Task = EvaluationTasks.ZeroShot,
        }).Notes![0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_classifier_that_does_not_fit_is_refused()
    {
        var options = new BenchmarkOptions { Data = ColourPictures.WriteSplit(_folder, 9) };
        Assert.Contains("found 2 classes, expected 3, as colours has", Refused(Stored("red", "green")), StringComparison.Ordinal);
        Assert.Contains("found \"green\" as name 1, expected \"red\" there", Refused(Stored("green", "red", "blue")),
            StringComparison.Ordinal);
        var path = Stored("red", "green", "blue");
        Assert.Contains("take", Assert.Throws<ClipException>(() =>
            Run(options with { Classifier = path, Template = ["{}"] })).Message, StringComparison.Ordinal);
        Assert.Contains("--classifier", Assert.Throws<ClipException>(() =>
            Run(options with { Classifier = path, Task = "linear_probe" })).Message, StringComparison.Ordinal);
        Assert.Contains("--classifier", Assert.Throws<ClipException>(() =>
            Run(options with { Classifier = path, Ensemble = PromptEnsemble.Probabilities })).Message, StringComparison.Ordinal);

        using var other = new Clip(_encoder, TinyModel.Write(_folder["other"], seed: 9));
        Assert.Contains("another model", Assert.Throws<ClipException>(() =>
            new Benchmark(other, "m", "m").Run(options with { Classifier = path })).Message, StringComparison.Ordinal);

        string Refused(string classifier) =>
            Assert.Throws<ClipException>(() => Run(options with { Classifier = classifier })).Message;
    }

    [Fact]
    public void A_caption_may_be_put_into_a_sentence()
    {
        var split = ColourPictures.WriteSplit(_folder, 3);
        var report = Run(
            new BenchmarkOptions { Data = split, Task = EvaluationTasks.Retrieval, Template = ["red green blue {}"] });
        Assert.Equal(1 / 3.0, report.Metrics[0].Value, 1e-12); // all captions look alike now
        Assert.Throws<ClipException>(() =>
            Run(new BenchmarkOptions { Data = split, Task = EvaluationTasks.Retrieval, Template = ["{}", "a {}"] }));
    }

    [Fact]
    public void The_classifier_is_encoded_once_and_read_the_next_time()
    {
        var split = ColourPictures.WriteSplit(_folder, 3);
        var cache = new ClassifierCache(_folder["cache"]);
        var first = new Benchmark(_clip, "tiny", "runs/tiny", cache).Run(new BenchmarkOptions { Data = split });
        var encoded = _encoder.TextsEncoded;
        var second = new Benchmark(_clip, "tiny", "runs/tiny", cache).Run(new BenchmarkOptions { Data = split });
        Assert.Equal(encoded, _encoder.TextsEncoded);
        Assert.Equal(first.ToJson(), second.ToJson());
    }

    [Fact]
    public void Without_a_cache_the_fingerprint_is_not_asked_for()
    {
        var split = ColourPictures.WriteSplit(_folder, 3);
        using var training = new Clip(new ColourEncoder(_clip.Tokenizer), _clip.Tokenizer, _clip.Config,
            _clip.Preprocessor.Config,
            () => throw new InvalidOperationException("A model in training has none."));
        Assert.Equal(1, new Benchmark(training, "t", "t").Run(new BenchmarkOptions { Data = split }).Metrics[0].Value);
    }

    [Fact]
    public void Each_stage_reports_to_its_end()
    {
        var stages = new List<BenchmarkProgress>();
        var data = ColourPictures.WriteSplit(_folder, 5);
        new Benchmark(_clip, "tiny", "tiny").Run(new BenchmarkOptions { Data = data }, new Sink(stages));
        Assert.Contains(new BenchmarkProgress("Encoding", "prompts", 3, 3), stages);
        Assert.Contains(new BenchmarkProgress("Encoding", "images", 5, 5), stages);
        stages.Clear();
        new Benchmark(_clip, "tiny", "tiny")
            .Run(new BenchmarkOptions { Data = data, Task = EvaluationTasks.Retrieval }, new Sink(stages));
        Assert.Contains(new BenchmarkProgress("Encoding", "images", 5, 5), stages);
        Assert.Contains(new BenchmarkProgress("Encoding", "captions", 6, 6), stages);
    }

    [Fact]
    public void A_task_of_one_s_own_is_measured_and_reported_like_the_others()
    {
        var stages = new List<BenchmarkProgress>();
        var data = ColourPictures.WriteSplit(_folder, 6, broken: [4]);

        var report = new Benchmark(_clip, "tiny", "runs/tiny")
            .Run(new CountedCaptions(), new BenchmarkOptions { Data = data }, new Sink(stages));

        Assert.Equal(("counted_captions", "colours", "test"), (report.Task, report.Dataset, report.Split));
        Assert.Equal(new MetricValue("captions", 10, 10, 10, 5) { Unit = MetricUnit.Score }, Assert.Single(report.Metrics));
        Assert.Equal(1, Assert.Single(report.Skipped!).Value);
        Assert.Equal("of a test", Assert.Single(report.Notes!));
        Assert.Contains(new BenchmarkProgress("Encoding", "images", 6, 6), stages);
        Assert.Contains(new BenchmarkProgress("Encoding", "captions", 6, 6), stages);
    }

    [Fact]
    public void A_set_without_class_names_or_usable_pictures_is_refused()
    {
        var split = ColourPictures.WriteSplit(_folder, 2, broken: [0, 1]);
        Assert.Contains("No picture can be used",
            Assert.Throws<ClipException>(() => Run(new BenchmarkOptions { Data = split })).Message, StringComparison.Ordinal);
        File.Delete(_folder["colours/classnames.txt"]);
        Assert.Contains("--classnames", Assert.Throws<ClipException>(
            () => Run(new BenchmarkOptions { Data = split, Task = EvaluationTasks.ZeroShot })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new int[0])]
    public void Options_out_of_range_are_refused(int[] ks)
    {
        var refusal = Assert.Throws<ClipException>(() => new BenchmarkOptions { Data = "x", RecallK = ks }.Validated());
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains("--recall-k", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cifar10/test", "acc1", 0.1)]
    [InlineData("flickr8k/val_aspect", "image_retrieval_recall@10", 10 / 113.0)]
    public void Vectors_that_know_nothing_are_at_chance(string split, string metric, double chance)
    {
        using var blind = new Clip(new FakeEncoder(), TinyModel.Write(_folder["other"]));
        var measured = new Benchmark(blind, "blind", "none").Run(new BenchmarkOptions { Data = SharedFiles.Data(split) }).Metrics
            .Single(m => m.Name == metric);
        Assert.InRange(measured.Value, chance * 0.6, chance * 1.4);
    }

    private BenchmarkReport Run(BenchmarkOptions options) => new Benchmark(_clip, "tiny", "runs/tiny").Run(options);

    private sealed class CountedCaptions : IEvaluationTask
    {
        public string Name => "counted_captions";

        public TaskResult Run(TaskData data, CancellationToken cancel)
        {
            var index = data.Index(SampleNeed.Caption, captionLines: true);
            var pictures = data.EncodePictures(index);
            var texts = data.EncodeTexts([.. pictures.SampleIds.SelectMany(sample => index.Captions(sample).ToArray())]);
            Outcome[] rows = [.. pictures.SampleIds.Select(sample => new Outcome(index.Key(sample)) { Score = texts.Count })];
            return new TaskResult(new Outcomes(rows), new MeanScore("captions"))
            {
                Notes = ["of a test"],
            };
        }
    }

    private sealed class Sink(List<BenchmarkProgress> seen) : IProgress<BenchmarkProgress>
    {
        public void Report(BenchmarkProgress value) => seen.Add(value);
    }

    private string Refused(BenchmarkOptions options) => Assert.Throws<ClipException>(() => Run(options)).Message;

    private string Stored(params string[] names)
    {
        var path = _folder[$"{string.Join('-', names)}.safetensors"];
        ClassifierFile.Write(path, _clip.BuildClassifier(ClassPrompts.Fill(names, [PromptTemplate.Parse("{}")])), _clip);
        return path;
    }
}
