using ClipSharp.Torch;
using ClipSharp.Training.Doctor;

namespace ClipSharp.Training.Tests.Doctor;

public sealed class SpeedTrialTests
{
    [Fact]
    public void A_trial_tells_a_speed_and_the_number_format()
    {
        var options = new TrainOptions { Model = "RN-Tiny-32", BatchSize = 4, Precision = NumberFormat.Fp32 };

        var trial = SpeedTrial.Run(options, vocabSize: 600, TestContext.Current.CancellationToken);

        Assert.True(double.IsFinite(trial.PairsPerSecond) && trial.PairsPerSecond > 0);
        Assert.Equal("fp32", trial.Precision.Name);
    }
}
