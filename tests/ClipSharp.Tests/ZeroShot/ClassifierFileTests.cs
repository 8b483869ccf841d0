using System.Text;
using ClipSharp.ZeroShot;

namespace ClipSharp.Tests.ZeroShot;

/// <summary>Stored classifiers: what was written comes back, and nothing else does.</summary>
public sealed class ClassifierFileTests : IDisposable
{
    private static readonly ZeroShotClassifier Classifier = new(["dog", "", "dog"], UnitVectors.Draw(3, 5, 7));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_comes_back_bit_by_bit_with_its_names_and_model()
    {
        ClassifierFile.Write(_folder["c"], Classifier, "m");
        var (read, model) = ClassifierFile.Read(_folder["c"]);
        Assert.Equal("m", model);
        Assert.Equal(Classifier.Names, read.Names);
        Assert.Equal(Classifier.Weights.Values, read.Weights.Values);
    }

    [Fact]
    public void Any_damaged_byte_is_told_or_harmless()
    {
        ClassifierFile.Write(_folder["c"], Classifier, "m");
        var sound = File.ReadAllBytes(_folder["c"]);
        for (var at = 0; at < sound.Length; at++)
        {
            var damaged = (byte[])sound.Clone();
            damaged[at] ^= 1;
            File.WriteAllBytes(_folder["c"], damaged);
            try
            {
                var (read, model) = ClassifierFile.Read(_folder["c"]);
                Assert.Equal((Classifier.Weights.Values, "m"), (read.Weights.Values, model));
                Assert.Equal(Classifier.Names, read.Names);
            }
            catch (ClipException fault)
            {
                Assert.Equal(ClipError.Data, fault.Kind);
            }
        }
    }

    [Fact]
    public void Another_file_is_none()
    {
        File.WriteAllText(_folder["c"], "names", Encoding.UTF8);
        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => ClassifierFile.Read(_folder["c"])).Kind);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => ClassifierFile.Read(_folder["none"])).Kind);
    }
}
