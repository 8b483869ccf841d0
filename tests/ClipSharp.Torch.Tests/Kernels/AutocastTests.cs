using ClipSharp.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Kernels;

public sealed class AutocastTests
{
    [Fact]
    public void A_linear_layer_computes_in_bfloat16_inside_and_in_float32_outside()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(8, 4);
        var x = ones(2, 8);

        using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
        {
            Assert.Equal(ScalarType.BFloat16, linear.forward(x).dtype);
        }

        Assert.Equal(ScalarType.Float32, linear.forward(x).dtype);
    }

    [Fact]
    public void Weights_get_float32_gradients()
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(8, 4);
        using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
        {
            linear.forward(ones(2, 8)).to(ScalarType.Float32).sum().backward();
        }

        Assert.Equal(ScalarType.Float32, linear.weight!.grad!.dtype);
        Assert.Equal(2f, linear.weight.grad[0, 0].item<float>());
    }

    [Fact]
    public void A_changed_weight_is_cast_anew_in_the_next_scope()
    {
        using var scope = NewDisposeScope();
        var weight = nn.Parameter(ones(1, 1));
        var outputs = new List<float>();
        foreach (var value in new[] { 1f, 2f })
        {
            using (no_grad())
            {
                weight.fill_(value);
            }

            using var cast = Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16);
            outputs.Add(mm(ones(1, 1), weight).to(ScalarType.Float32).item<float>()); // unlike linear, mm keeps its cast
        }

        Assert.Equal([1f, 2f], outputs);
    }

    [Fact]
    public void Closing_an_inner_scope_restores_the_outer_one()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (ones(2, 2), ones(2, 2));
        using (Autocast.Enter(DeviceType.CPU, ScalarType.Float16))
        {
            using (Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16))
            {
                Assert.Equal(ScalarType.BFloat16, mm(a, b).dtype);
            }

            Assert.Equal(ScalarType.Float16, mm(a, b).dtype);
        }

        Assert.False(Autocast.IsEnabled(DeviceType.CPU));
    }

    [Fact]
    public void Another_thread_is_not_concerned()
    {
        using var cast = Autocast.Enter(DeviceType.CPU, ScalarType.BFloat16);
        var elsewhere = true;
        var thread = new Thread(() => elsewhere = Autocast.IsEnabled(DeviceType.CPU));
        thread.Start();
        thread.Join();

        Assert.True(Autocast.IsEnabled(DeviceType.CPU));
        Assert.False(elsewhere);
    }

    [Fact]
    public void Types_and_devices_it_does_not_know_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Autocast.Enter(DeviceType.CPU, ScalarType.Float32));
        Assert.Throws<ArgumentException>(() => Autocast.Enter(DeviceType.META, ScalarType.BFloat16));
    }
}
