using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipSharp.Cli.Tests.Commands.Evaluating;

public sealed class EvalCommandTests : IDisposable
{
    private readonly ColourModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Accuracy_is_a_table_with_intervals()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 12, broken: [3]);
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--classes-present"));
        Assert.Equal("left out: 1 NotAPicture\n", _model.Error);
        Assert.Equal("""
            model on colours, test: zeroshot_classification

              metric  value  95% interval  samples

              acc1  100.0%  71.5% to 100.0%  11
              acc5  none  11
              mean_per_class_recall  100.0%  71.1% to 100.0%  11
              acc1_present  100.0%  71.5% to 100.0%  11
              acc5_present  none  11


            """, _model.Table);
    }

    [Fact]
    public async Task A_classifier_that_zeroshot_stored_is_measured()
    {
        var (split, file) = (ColourPictures.WriteSplit(_model.Folder, 6), _model.Folder["c.safetensors"]);
        Assert.Equal(0, await _model.Run("zeroshot", "-i", _model.Picture("a.png", 0), "--labels", "red,green,blue",
            "--save-classifier", file));
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--classifier", file, "--json"));
        Assert.Contains("\"classifier_sha256\":", _model.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"templates\":", _model.Output, StringComparison.Ordinal);
        Assert.Equal(64, await _model.Run("eval", "--data", split, "--classifier", file, "--template", "a {}"));
        Assert.Contains("Leave out --classnames, --templates", _model.Error, StringComparison.Ordinal);
        Assert.Equal(64, await _model.Run("eval", "--data", split, "--task", "auto", "knn", "--classifier", file));
        Assert.Contains("found knn", _model.Error, StringComparison.Ordinal);
        Assert.Equal(66, await _model.Run("eval", "--data", split, "--classifier", _model.Folder["none"]));
    }

    [Fact]
    public async Task What_templates_are_averaged_in_is_in_the_report()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 6);
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--template", "{}", "a {}", "--ensemble", "probabilities",
            "--json"));
        Assert.Contains("\"ensemble\":\"probabilities\"", _model.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--json"));
        Assert.Contains("\"ensemble\":\"embeddings\"", _model.Output, StringComparison.Ordinal);
        Assert.Equal(64, await _model.Run("eval", "--data", split, "--ensemble", "votes"));
        Assert.Contains("--ensemble is embeddings or probabilities, not votes", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retrieval_is_a_table_with_ranks()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--task", "retrieval", "--recall-k", "1,2"));
        Assert.Equal("""
            model on colours, test: zeroshot_retrieval

              metric  value  95% interval  samples

              image_retrieval_recall@1  100.0%  29.2% to 100.0%  6
              image_retrieval_recall@2  100.0%  29.2% to 100.0%  6
              image_retrieval_median_rank  1.0  1.0 to 1.0  6
              image_retrieval_mean_rank  1.0  1.0 to 1.0  6
              text_retrieval_recall@1  100.0%  29.2% to 100.0%  3
              text_retrieval_recall@2  100.0%  29.2% to 100.0%  3
              text_retrieval_median_rank  1.0  1.0 to 1.0  3
              text_retrieval_mean_rank  1.0  1.0 to 1.0  3
              mean_recall@1  100.0%  29.2% to 100.0%  9


            """, _model.Table);
    }

    [Fact]
    public async Task The_result_is_written_and_printed_as_the_same_JSON()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 6);
        var file = _model.Folder["results/r.json"];
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--output", file, "--json"));
        var content = File.ReadAllText(file).Replace(_model.Folder.Path, "DIR", StringComparison.Ordinal);
        var (written, printed) = (JsonDocument.Parse(content).RootElement, _model.Output.TrimEnd());
        // What is printed lies beside no outcomes.
        var same = JsonNode.Parse(content)!.AsObject();
        Assert.True(same.Remove("outcomes_sha256"));
        Assert.True(JsonNode.DeepEquals(same, JsonNode.Parse(_model.Output)));
        Assert.Single(printed.Split('\n'));
        Assert.Equal("model", written.GetProperty("model").GetString());
        Assert.Equal("colours", written.GetProperty("dataset").GetString());
        Assert.Equal(1, written.GetProperty("metrics").GetProperty("acc1").GetDouble());
        Assert.Equal(JsonValueKind.Null, written.GetProperty("metrics").GetProperty("acc5").ValueKind);
    }

    [Fact]
    public async Task Many_results_are_one_command_that_goes_on_where_it_was()
    {
        ColourPictures.WriteSplit(_model.Folder, 6);
        ColourPictures.WriteNamed(_model.Folder, "train", 12);
        string[] line = ["eval", "--dataset", "colours", "--dataset_root", _model.Folder.Path, "--task", "auto", "retrieval", "knn",
            "--output", _model.Folder["results/{dataset}_{split}_{model}_{task}.json"], "--skip_existing"];
        string[] names = ["colours_test_model_knn", "colours_test_model_zeroshot_classification", "colours_test_model_zeroshot_retrieval"];

        Assert.Equal(0, await _model.Run(line));
        Assert.Contains("All results", _model.Output, StringComparison.Ordinal);
        var results = Results();
        Assert.Equal(names.SelectMany(name => new[] { name + ".json", name + ".outcomes.parquet" }).Order(StringComparer.Ordinal),
            results.Keys);

        // One is lost, one was never ended: the rest is left as it is.
        File.Delete(_model.Folder["results/colours_test_model_knn.json"]);
        Assert.Equal(0, await _model.Run(line));
        Assert.Equal("left out, for their results are there: 2\n20 neighbours among 12 pictures\n", _model.Error);
        Assert.DoesNotContain("All results", _model.Output, StringComparison.Ordinal);
        Assert.Equal(results, Results());

        SortedDictionary<string, string> Results() => new(Directory.GetFiles(_model.Folder["results"]).ToDictionary(
            path => Path.GetFileName(path)!, path => Convert.ToHexString(File.ReadAllBytes(path))), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_result_that_cannot_be_had_does_not_end_the_others()
    {
        ColourPictures.WriteSplit(_model.Folder, 6); // no training split
        Assert.Equal(66, await _model.Run("eval", "--dataset", _model.Folder["colours"], "--task", "knn", "zeroshot"));
        Assert.Contains("error: A split is missing", _model.Error, StringComparison.Ordinal);
        Assert.Contains("of 2 results 1 are there", _model.Error, StringComparison.Ordinal);
        Assert.Contains("acc1  100.0%", _model.Table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_would_overwrite_each_other_are_refused_before_any_work()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 6);
        Assert.Equal(64, await _model.Run("eval", "--dataset", split, "--task", "knn", "zeroshot", "-o", _model.Folder["r.json"]));
        Assert.StartsWith("error: Results would overwrite each other", _model.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_model.Folder["r.json"]));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_told_before_the_model_loads()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        var inTheWay = _model.Text("results", "a file");
        Assert.Equal(73, await _model.Run("eval", "--data", split, "-o", Path.Combine(inTheWay, "r.json")));
        Assert.StartsWith("error: The file could not be written (DIR/results/r.json)", _model.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "--recall-k", "--recall-k", "1,x")]
    [InlineData(64, "--batch-size", "--batch-size", "0")]
    [InlineData(64, "captioning", "--task", "captioning")]
    [InlineData(66, "none.txt", "--classnames", "none.txt")]
    public async Task Options_that_cannot_be_used_are_refused(int code, string message, params string[] arguments)
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        Assert.Equal(code, await _model.Run(["eval", "--data", split, .. arguments]));
        Assert.Contains(message, _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twins_among_the_names_are_noted_once_and_ties_counted()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        var names = _model.Text("names.txt", "red\ngreen\nblue\nred\n");
        Assert.Equal(0, await _model.Run("eval", "--data", split, "--classnames", names));
        Assert.Equal("1 class name stands several times and shares what is taken for it: \"red\" (lines 1 and 4)\n"
            + "ties, of which each counts its share: acc1 1 of 3, mean_per_class_recall 1 of 3\n", _model.Error);
        Assert.Contains("acc1  83.3%", _model.Table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_called_by_its_name_and_epoch_and_a_damaged_newest_checkpoint_is_told()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        foreach (var (epoch, state) in new[] { (1, """{"step":1,"data":"","tokenizer":"","seconds":1,"options":{}}"""), (2, "{") })
        {
            var checkpoint = _model.Folder[$"first/checkpoints/epoch_{epoch}"];
            TinyModel.Write(checkpoint);
            Directory.CreateDirectory(Path.Combine(checkpoint, "training"));
            File.WriteAllText(Path.Combine(checkpoint, "training", "state.json"), state);
        }

        _model.Model = "first";
        Assert.Equal(0, await _model.Run("eval", "--data", split));
        Assert.StartsWith("first, epoch_1 on colours, test", _model.Output, StringComparison.Ordinal);
        Assert.Contains("epoch_2 is damaged", _model.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_beyond_the_names_is_refused()
    {
        var split = ColourPictures.WriteSplit(_model.Folder, 3);
        Assert.Equal(65, await _model.Run("eval", "--data", split, "--classnames", _model.Text("two.txt", "red\ngreen\n")));
        Assert.Contains("class 2, expected 0 to 1", _model.Error, StringComparison.Ordinal);
    }
}
