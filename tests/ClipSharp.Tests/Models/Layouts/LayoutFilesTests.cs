using System.Text.Json.Nodes;
using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts;

public sealed class LayoutFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_index_and_shards_that_disagree_are_refused_either_way()
    {
        Sharded(map => map["text_model.extra"] = "model-00001-of-00002.safetensors");
        Assert.Contains("no text_model.extra", Refusal(), StringComparison.Ordinal);
        Sharded(map => map.Remove("logit_scale"));
        Assert.Contains("logit_scale in it, expected only tensors of the index", Refusal(), StringComparison.Ordinal);
        Sharded(map => map["logit_scale"] = "model-00001-of-00002.safetensors");
        Assert.Contains("expected it in model-00001", Refusal(), StringComparison.Ordinal);
        Sharded(map => map["logit_scale"] = "model-00003-of-00002.safetensors");
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => ModelFiles.Open(_folder.Path)).Kind);
    }

    [Fact]
    public void A_text_tower_of_its_own_and_a_wrapped_model_are_the_same_model()
    {
        var reference = ReferenceModels.Open("vit-tiny/open_clip");
        using var weights = reference.OpenWeights();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(reference.Location, "open_clip_config.json")))!;
        config["model_cfg"]!["custom_text"] = true;
        File.WriteAllText(_folder["open_clip_config.json"], config.ToJsonString());
        foreach (var wrapper in new[] { "", "module.", "_orig_mod.clip_model." })
        {
            using (var file = File.Create(_folder["open_clip_model.safetensors"]))
            {
                SafetensorsWriter.Write(file, weights.Tensors.Values.Select(tensor => new NamedTensor(
                    wrapper + (tensor.Name.StartsWith("visual.", StringComparison.Ordinal) || tensor.Name == "logit_scale"
                        ? ""
                        : "text.") + tensor.Name,
                    tensor.Type, tensor.Shape, tensor.Bytes)));
            }

            using var read = ModelFiles.Open(_folder.Path).OpenWeights();
            Assert.All(weights.Tensors.Values,
                tensor => Assert.Equal(tensor.ReadFloats(), read.Tensors[tensor.Name].ReadFloats()));
        }
    }

    [Fact]
    public void A_wrapper_round_a_model_is_said()
    {
        var model = TinyModel.Write(_folder["model"]);
        TinyModel.WriteBare(model, _folder["bare.safetensors"], name => "_orig_mod.module." + name);
        var opened = ModelFiles.Open(_folder["bare.safetensors"], new ModelOverrides { Config = model.Config });
        Assert.Contains("every name of the weights begins with _orig_mod.module., which is taken off", opened.Notes);
    }

    [Fact]
    public void A_file_of_weights_beside_its_configuration_is_the_folders_model()
    {
        var model = TinyModel.Write(_folder["model"], config: TinyModel.Config with { QuickGelu = true });
        var named = ModelFiles.Open(_folder["model/open_clip_model.safetensors"]);
        Assert.Equal((model.Config.ToJson(), "open_clip", _folder["model/open_clip_model.safetensors"]),
            (named.Config.ToJson(), named.Layout, named.Location));
        Assert.Equal(model.LoadTokenizer().Fingerprint, named.LoadTokenizer().Fingerprint);
        ModelConversion.Write(model, _folder["hf"], "huggingface");
        Assert.Equal("huggingface", ModelFiles.Open(_folder["hf/model.safetensors"]).Layout);
        File.Move(_folder["model/open_clip_model.safetensors"], _folder["model/other.safetensors"]); // may be any other model's
        Assert.Throws<ClipException>(() => ModelFiles.Open(_folder["model/other.safetensors"]));
    }

    [Fact]
    public void The_image_processor_may_stand_in_the_file_for_all_processors()
    {
        ModelConversion.Write(TinyModel.Write(_folder["tiny"]), _folder["hf"], "huggingface");
        var (own, all) = (_folder["hf/preprocessor_config.json"], _folder["hf/processor_config.json"]);
        var json = JsonNode.Parse(File.ReadAllText(own))!;
        json["image_mean"] = new JsonArray(0.5, 0.25, 0.75);
        File.WriteAllText(own, json.ToJsonString());
        var alone = ModelFiles.Open(_folder["hf"]);
        File.WriteAllText(all, new JsonObject { ["image_processor"] = json, ["processor_class"] = "CLIPProcessor" }
            .ToJsonString());
        File.Delete(own);

        var nested = ModelFiles.Open(_folder["hf"]);

        Assert.Equal([0.5, 0.25, 0.75], nested.Preprocess.Mean);
        Assert.Equal(alone.Preprocess.Std, nested.Preprocess.Std);
        Assert.Empty(nested.Notes);
    }

    [Fact]
    public void An_end_token_that_the_tokenizer_does_not_have_is_refused()
    {
        ModelConversion.Write(TinyModel.Write(_folder["tiny"]), _folder["hf"], "huggingface");
        var config = File.ReadAllText(_folder["hf/config.json"]);
        File.WriteAllText(_folder["hf/config.json"],
            config.Replace("\"eos_token_id\": 1535", "\"eos_token_id\": 7", StringComparison.Ordinal));
        Assert.Contains("end token 1535, expected 7",
            Assert.Throws<ClipException>(() => ModelFiles.Open(_folder["hf"]).LoadTokenizer()).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["hf/config.json"],
            config.Replace("\"eos_token_id\": 1535", "\"eos_token_id\": 2", StringComparison.Ordinal));
        Assert.Equal(1535, ModelFiles.Open(_folder["hf"]).LoadTokenizer().EndToken);
    }

    [Fact]
    public void A_folder_of_huggingface_s_without_weights_or_with_another_crop_is_refused()
    {
        foreach (var file in Directory.GetFiles(SharedFiles.Fixture("vit-tiny/huggingface")))
        {
            File.Copy(file, _folder[Path.GetFileName(file)]);
        }

        var preprocessor = _folder["preprocessor_config.json"];
        var json = JsonNode.Parse(File.ReadAllText(preprocessor))!;
        json["size"] = new JsonObject { ["shortest_edge"] = 64 };
        json["crop_size"] = 64;
        File.WriteAllText(preprocessor, json.ToJsonString());
        Assert.Contains("crop_size or size = 64 is not the model's image_size 32", Refusal(), StringComparison.Ordinal);
        File.Delete(preprocessor);
        File.Delete(_folder["model.safetensors"]);
        Assert.Contains("found no weights, expected model.safetensors or", Refusal(), StringComparison.Ordinal);
    }

    private void Sharded(Action<JsonObject> change)
    {
        foreach (var file in Directory.GetFiles(SharedFiles.Fixture("vit-tiny/huggingface_sharded")))
        {
            File.Copy(file, _folder[Path.GetFileName(file)], overwrite: true);
        }

        var index = JsonNode.Parse(File.ReadAllText(_folder["model.safetensors.index.json"]))!;
        change(index["weight_map"]!.AsObject());
        File.WriteAllText(_folder["model.safetensors.index.json"], index.ToJsonString());
    }

    private string Refusal() => Assert.Throws<ClipException>(() => ModelFiles.Open(_folder.Path)).Message;
}
