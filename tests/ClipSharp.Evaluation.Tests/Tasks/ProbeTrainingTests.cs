using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Evaluation.Probes.Trained;
using ClipSharp.Evaluation.Tasks;

namespace ClipSharp.Evaluation.Tests.Tasks;

/// <summary>Probes that are trained to be kept, on pictures of one colour.</summary>
public sealed class ProbeTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Clip _clip;

    public ProbeTrainingTests() =>
        _clip = ColourEncoder.ClipIn(_folder);

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_folder_without_splits_keeps_a_share_for_measuring_that_is_never_learned()
    {
        WriteFolders("pets", 10, "red", "green", "blue");
        var (report, probe) = Train("pets");
        Assert.Equal(["blue", "green", "red"], probe.Names);
        Assert.Equal((1.0, 6), (report.Metrics[0].Value, report.Metrics[0].Samples));
        Assert.Contains(report.Notes!, note => note.Contains("6 pictures of all classes were kept", StringComparison.Ordinal));
        Assert.StartsWith("the probe learns from 24 pictures", report.Notes![0], StringComparison.Ordinal);
    }

    [Fact]
    public void One_picture_a_class_is_too_little()
    {
        WriteFolders("pets", 1, "red", "green");
        Assert.Contains("several of each class", Assert.Throws<ClipException>(() => Train("pets")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_both_splits_are_the_same_class_by_their_names()
    {
        WriteFolders("set/train", 4, "blue", "green", "red");
        WriteFolders("set/test", 3, "green", "red"); // by their order these would be blue and green
        Assert.Equal(1, Train("set").Report.Metrics[0].Value);
    }

    [Fact]
    public void A_class_that_was_not_learned_is_refused()
    {
        WriteFolders("set/train", 4, "green", "red");
        WriteFolders("set/test", 3, "blue", "red");
        Assert.Contains("blue", Assert.Throws<ClipException>(() => Train("set")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_comes_back_from_its_file_and_names_pictures()
    {
        WriteFolders("pets", 10, "red", "green", "blue");
        var (_, probe) = Train("pets");
        ProbeFile.Write(_folder["pets.probe"], probe, _clip);
        var read = ProbeFile.Read(_folder["pets.probe"], _clip);
        Assert.Equal(probe.Names, read.Names);
        Assert.Equal(probe.Layer, read.Layer);
        Assert.Equal(probe.Classifier.Weights, read.Classifier.Weights);
        Assert.Equal(probe.Classifier.Bias, read.Classifier.Bias);
        string[] pictures = [_folder["pets/red/0.png"], _folder["pets/blue/3.png"]];
        Assert.Equal(["red", "blue"], read.Top(_clip, pictures, 1).Select(names => Assert.Single(names).Label));
        Assert.All(read.Top(_clip, pictures, 9), names => Assert.Equal(1, names.Sum(name => name.Probability), 1e-6));
    }

    [Fact]
    public void A_damaged_file_or_another_model_is_refused()
    {
        var probe = new TrainedProbe(new LinearClassifier([1, 2], [0.5, 1], exclusive: true), ["a", "b"], FeatureLayer.Projected);
        ProbeFile.Write(_folder["a"], probe, _clip);
        using var other = ColourEncoder.ClipIn(_folder, seed: 7);
        Assert.Equal(ClipError.Config, Assert.Throws<ClipException>(() => ProbeFile.Read(_folder["a"], other)).Kind);
        var bytes = File.ReadAllBytes(_folder["a"]);
        for (var at = 8; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            File.WriteAllBytes(_folder["b"], changed);
            Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => ProbeFile.Read(_folder["b"], _clip)).Kind);
        }
    }

    private (BenchmarkReport Report, TrainedProbe Probe) Train(string data)
    {
        var training = new ProbeTraining();
        var report = new Benchmark(_clip, "tiny", "tiny").Run(training,
            new BenchmarkOptions { Data = _folder[data], Intervals = false });
        return (report, training.Probe!);
    }

    private void WriteFolders(string folder, int count, params string[] colours)
    {
        foreach (var colour in colours)
        {
            Directory.CreateDirectory(_folder[$"{folder}/{colour}"]);
            for (var i = 0; i < count; i++)
            {
                File.WriteAllBytes(_folder[$"{folder}/{colour}/{i}.png"],
                    ColourPictures.Png(ColourPictures.Names.ToList().IndexOf(colour), i));
            }
        }
    }
}
