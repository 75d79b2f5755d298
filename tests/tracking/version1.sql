-- An experiment store as version 1 of the schema made it, with one finished run: what a migration starts from.
-- For reports: Model_Info, Epoch_Stats, Class_Metrics, Confusion_Matrix, Predictions_Log.

PRAGMA journal_mode = WAL;
PRAGMA foreign_keys = ON;

-- The images that runs were trained and tested on.
CREATE TABLE "Datasets" (
	-- key
	dataset_id INTEGER NOT NULL,
	-- what a reader is told, such as 'CIFAR-10'
	name VARCHAR(200) NOT NULL,
	-- cifar10, cifar10-jpeg, image-folder or synthetic
	kind VARCHAR(40) NOT NULL,
	-- 1: drawn pictures, whose results say nothing about CIFAR-10
	is_synthetic SMALLINT NOT NULL,
	-- SHA-256 of all images and labels of the source, before a subset is taken
	checksum VARCHAR(64) NOT NULL,
	-- training images in use, validation included
	train_size INTEGER NOT NULL,
	-- test images in use; what every confusion matrix adds up to
	test_size INTEGER NOT NULL,
	-- seed that chose the images in use
	subset_seed BIGINT NOT NULL,
	-- number of classes
	num_classes INTEGER NOT NULL,
	PRIMARY KEY (dataset_id),
	CONSTRAINT one_row_per_dataset UNIQUE (checksum, train_size, test_size, subset_seed),
	CONSTRAINT is_synthetic_is_a_flag CHECK (is_synthetic IN (0, 1)),
	CONSTRAINT dataset_is_not_empty CHECK (train_size > 0 AND test_size > 0 AND num_classes > 1)
);

-- Which versions of the schema this database has been through; the highest is its own.
CREATE TABLE "Schema_Version" (
	-- version that was created or migrated to
	version INTEGER NOT NULL,
	-- when
	applied_utc DATETIME NOT NULL,
	PRIMARY KEY (version)
);

-- The classes of each data set.
CREATE TABLE "Classes" (
	-- key, unique over all data sets
	class_id INTEGER NOT NULL,
	-- data set it belongs to
	dataset_id INTEGER NOT NULL,
	-- position in the order of the probabilities, from 0
	class_index INTEGER NOT NULL,
	-- name, such as 'frog'
	class_name VARCHAR(100) NOT NULL,
	PRIMARY KEY (class_id),
	CONSTRAINT one_class_per_index UNIQUE (dataset_id, class_index),
	CONSTRAINT one_class_per_name UNIQUE (dataset_id, class_name),
	CONSTRAINT class_index_counts_from_0 CHECK (class_index >= 0),
	FOREIGN KEY(dataset_id) REFERENCES "Datasets" (dataset_id)
);

-- One row per call of `cifar-teach run`: what made the results.
CREATE TABLE "Runs" (
	-- key
	run_id INTEGER NOT NULL,
	-- what an interrupted run finds its row again by
	run_key VARCHAR(64) NOT NULL,
	-- what people call it
	name VARCHAR(200) NOT NULL,
	-- one of running, finished, failed, interrupted
	status VARCHAR(20) NOT NULL,
	-- first training seed; the others stand in Model_Info
	seed BIGINT NOT NULL,
	-- data set
	dataset_id INTEGER NOT NULL,
	-- smoke, quick or full
	profile VARCHAR(40),
	-- images trained on, validation not included
	train_images INTEGER NOT NULL,
	-- images that only decide
	validation_images INTEGER NOT NULL,
	-- commit of the code, '+changes' when files differed
	git_revision VARCHAR(60),
	-- command line, without folders and passwords
	command TEXT,
	-- processor, cores, memory_gib, system, accelerators (JSON)
	hardware TEXT NOT NULL,
	-- Python, this package and its libraries (JSON)
	versions TEXT NOT NULL,
	-- digest of the computer's name: the same machine or not
	machine VARCHAR(16),
	-- process that writes this run
	process BIGINT,
	-- when it started
	started_utc DATETIME NOT NULL,
	-- last sign of life: the last epoch or result
	seen_utc DATETIME NOT NULL,
	-- when it ended; NULL while it runs
	finished_utc DATETIME,
	-- wall-clock seconds of work, summed over resumptions
	seconds FLOAT,
	-- processor seconds of all cores, summed over resumptions
	cpu_seconds FLOAT,
	PRIMARY KEY (run_id),
	CONSTRAINT run_has_one_dataset UNIQUE (run_id, dataset_id),
	CONSTRAINT run_status_is_known CHECK (status IN ('running', 'finished', 'failed', 'interrupted')),
	CONSTRAINT run_seed_is_not_negative CHECK (seed >= 0),
	UNIQUE (run_key),
	FOREIGN KEY(dataset_id) REFERENCES "Datasets" (dataset_id)
);

-- One row per trained network (and per vote): what it is, what it costs, how well it does.
CREATE TABLE "Model_Info" (
	-- key
	model_id INTEGER NOT NULL,
	-- run that trained it
	run_id INTEGER NOT NULL,
	-- data set, that of the run
	dataset_id INTEGER NOT NULL,
	-- network and way of training, such as 'tinynet:frozen'
	model_name VARCHAR(200) NOT NULL,
	-- seed of weights, order, augmentation and dropout
	seed BIGINT NOT NULL,
	-- running or finished
	status VARCHAR(20) NOT NULL,
	-- numbers the network holds
	parameters BIGINT,
	-- those that training does not change
	parameters_not_trainable BIGINT,
	-- multiply-adds for one answer, all views of the image together
	macs BIGINT,
	-- number format of the training, such as float32
	number_format VARCHAR(20),
	-- how it was trained (JSON)
	recipe TEXT,
	-- epochs it was meant to be trained for; 0 for none
	planned_epochs INTEGER,
	-- wall-clock seconds of training
	train_seconds FLOAT,
	-- processor seconds of training, all cores
	train_cpu_seconds FLOAT,
	-- wall-clock seconds for all test images
	predict_seconds FLOAT,
	-- fitted on validation images; divides the logits
	temperature FLOAT,
	-- share of test images that are right
	accuracy FLOAT,
	-- lower end of the 95 % Wilson interval of accuracy
	accuracy_low FLOAT,
	-- upper end of the 95 % Wilson interval of accuracy
	accuracy_high FLOAT,
	-- mean F1 over the classes
	macro_f1 FLOAT,
	-- mean negative log-likelihood of the true class, in nats
	nll FLOAT,
	-- mean Brier score, 0 to 2
	brier FLOAT,
	-- expected calibration error before the temperature
	ece FLOAT,
	-- expected calibration error after the temperature
	ece_calibrated FLOAT,
	-- when its training started
	started_utc DATETIME NOT NULL,
	-- when its results were complete; NULL before
	finished_utc DATETIME,
	PRIMARY KEY (model_id),
	CONSTRAINT model_belongs_to_run FOREIGN KEY(run_id, dataset_id) REFERENCES "Runs" (run_id, dataset_id) ON DELETE CASCADE,
	CONSTRAINT one_model_per_run_and_seed UNIQUE (run_id, model_name, seed),
	CONSTRAINT model_has_one_dataset UNIQUE (model_id, dataset_id),
	CONSTRAINT model_seed_is_not_negative CHECK (seed >= 0),
	CONSTRAINT model_status_is_known CHECK (status IN ('running', 'finished')),
	CONSTRAINT finished_model_has_accuracy CHECK (status = 'running' OR accuracy IS NOT NULL),
	CONSTRAINT costs_are_not_negative CHECK (parameters >= 0 AND macs >= 0),
	CONSTRAINT accuracy_is_a_share CHECK (accuracy >= 0 AND accuracy <= 1),
	CONSTRAINT accuracy_low_is_a_share CHECK (accuracy_low >= 0 AND accuracy_low <= 1),
	CONSTRAINT accuracy_high_is_a_share CHECK (accuracy_high >= 0 AND accuracy_high <= 1),
	CONSTRAINT macro_f1_is_a_share CHECK (macro_f1 >= 0 AND macro_f1 <= 1),
	CONSTRAINT ece_is_a_share CHECK (ece >= 0 AND ece <= 1),
	CONSTRAINT ece_calibrated_is_a_share CHECK (ece_calibrated >= 0 AND ece_calibrated <= 1)
);

-- The test images and their true classes.
CREATE TABLE "Test_Images" (
	-- data set
	dataset_id INTEGER NOT NULL,
	-- position in the test set, from 0
	image_index INTEGER NOT NULL,
	-- true class (Classes.class_index)
	label INTEGER NOT NULL,
	PRIMARY KEY (dataset_id, image_index),
	CONSTRAINT true_class_exists FOREIGN KEY(dataset_id, label) REFERENCES "Classes" (dataset_id, class_index),
	CONSTRAINT one_label_per_image UNIQUE (dataset_id, image_index, label)
);

-- One row per model and epoch, written as the epoch ends.
CREATE TABLE "Epoch_Stats" (
	-- model
	model_id INTEGER NOT NULL,
	-- number of the epoch, from 1
	epoch INTEGER NOT NULL,
	-- mean training loss while the weights still moved
	loss FLOAT NOT NULL,
	-- training accuracy, measured on the augmented batches
	accuracy FLOAT NOT NULL,
	-- loss on the validation images after the epoch
	val_loss FLOAT,
	-- accuracy on the validation images after the epoch
	val_accuracy FLOAT,
	-- generalisation gap: accuracy minus val_accuracy (computed)
	gap FLOAT GENERATED ALWAYS AS (accuracy - val_accuracy) STORED,
	-- learning rate of the first step
	learning_rate FLOAT,
	-- duration, validation included
	seconds FLOAT,
	-- when the row was written
	logged_utc DATETIME NOT NULL,
	PRIMARY KEY (model_id, epoch),
	CONSTRAINT epochs_count_from_1 CHECK (epoch >= 1),
	CONSTRAINT train_accuracy_is_a_share CHECK (accuracy >= 0 AND accuracy <= 1),
	CONSTRAINT val_accuracy_is_a_share CHECK (val_accuracy >= 0 AND val_accuracy <= 1),
	FOREIGN KEY(model_id) REFERENCES "Model_Info" (model_id) ON DELETE CASCADE
);

-- One row per model and test image.
CREATE TABLE "Predictions_Log" (
	-- model
	model_id INTEGER NOT NULL,
	-- position in the test set, from 0
	image_index INTEGER NOT NULL,
	-- data set, that of the model
	dataset_id INTEGER NOT NULL,
	-- true class (Classes.class_index), that of the image
	label INTEGER NOT NULL,
	-- most probable class (Classes.class_index)
	predicted INTEGER NOT NULL,
	-- probability given to the predicted class
	confidence FLOAT NOT NULL,
	-- the same after temperature scaling
	calibrated_confidence FLOAT,
	-- 1 when predicted is label, else 0 (computed)
	correct INTEGER NOT NULL GENERATED ALWAYS AS (CASE WHEN label = predicted THEN 1 ELSE 0 END) STORED,
	-- of all classes in their order (JSON), when they were kept
	probabilities TEXT,
	PRIMARY KEY (model_id, image_index),
	CONSTRAINT prediction_belongs_to_model FOREIGN KEY(model_id, dataset_id) REFERENCES "Model_Info" (model_id, dataset_id) ON DELETE CASCADE,
	CONSTRAINT label_is_that_of_the_image FOREIGN KEY(dataset_id, image_index, label) REFERENCES "Test_Images" (dataset_id, image_index, label),
	CONSTRAINT predicted_class_exists FOREIGN KEY(dataset_id, predicted) REFERENCES "Classes" (dataset_id, class_index),
	CONSTRAINT confidence_is_a_share CHECK (confidence >= 0 AND confidence <= 1),
	CONSTRAINT calibrated_confidence_is_a_share CHECK (calibrated_confidence >= 0 AND calibrated_confidence <= 1)
);

CREATE INDEX predictions_by_cell ON "Predictions_Log" (model_id, label, predicted);

-- One row per finished model, true class and predicted class, empty cells included. It adds up to the test size.
CREATE VIEW "Confusion_Matrix" AS
SELECT m.model_id,
    t.class_id AS true_class_id, t.class_index AS true_label, t.class_name AS true_class,
    p.class_id AS predicted_class_id, p.class_index AS predicted_label, p.class_name AS predicted_class,
    COALESCE(c.images, 0) AS images
FROM "Model_Info" m
JOIN "Classes" t ON t.dataset_id = m.dataset_id
JOIN "Classes" p ON p.dataset_id = m.dataset_id
LEFT JOIN (
    SELECT model_id, label, predicted, COUNT(*) AS images
    FROM "Predictions_Log"
    GROUP BY model_id, label, predicted
) c ON c.model_id = m.model_id AND c.label = t.class_index AND c.predicted = p.class_index
WHERE m.status = 'finished';

-- One row per finished model and class.
CREATE VIEW "Class_Metrics" AS
SELECT k.model_id, k.class_id, k.class_index, k.class_name, k.support, k.predicted_images, k.hits,
    CASE WHEN k.predicted_images = 0 THEN 0.0 ELSE CAST(k.hits AS FLOAT) / k.predicted_images END AS "precision",
    CASE WHEN k.support = 0 THEN 0.0 ELSE CAST(k.hits AS FLOAT) / k.support END AS recall,
    CASE WHEN k.support + k.predicted_images = 0 THEN 0.0
         ELSE 2 * CAST(k.hits AS FLOAT) / (k.support + k.predicted_images) END AS f1
FROM (
    SELECT m.model_id, t.class_id, t.class_index, t.class_name,
        CAST(SUM(CASE WHEN c.label = t.class_index THEN c.images ELSE 0 END) AS INTEGER) AS support,
        CAST(SUM(CASE WHEN c.predicted = t.class_index THEN c.images ELSE 0 END) AS INTEGER) AS predicted_images,
        CAST(SUM(CASE WHEN c.label = t.class_index AND c.predicted = t.class_index
                      THEN c.images ELSE 0 END) AS INTEGER) AS hits
    FROM "Model_Info" m
    JOIN "Classes" t ON t.dataset_id = m.dataset_id
    JOIN (
    SELECT model_id, label, predicted, COUNT(*) AS images
    FROM "Predictions_Log"
    GROUP BY model_id, label, predicted
) c ON c.model_id = m.model_id
    WHERE m.status = 'finished'
    GROUP BY m.model_id, t.class_id, t.class_index, t.class_name
) k;

CREATE TRIGGER finished_is_complete_insert BEFORE INSERT ON "Model_Info"
WHEN NEW.status = 'finished' AND (SELECT COUNT(*) FROM "Predictions_Log" WHERE model_id = NEW.model_id)
    <> (SELECT test_size FROM "Datasets" WHERE dataset_id = NEW.dataset_id)
BEGIN
    SELECT RAISE(ABORT, 'a finished model needs one prediction for every test image');
END;

CREATE TRIGGER finished_is_complete_update BEFORE UPDATE ON "Model_Info"
WHEN NEW.status = 'finished' AND (SELECT COUNT(*) FROM "Predictions_Log" WHERE model_id = NEW.model_id)
    <> (SELECT test_size FROM "Datasets" WHERE dataset_id = NEW.dataset_id)
BEGIN
    SELECT RAISE(ABORT, 'a finished model needs one prediction for every test image');
END;

CREATE TRIGGER predictions_are_final BEFORE DELETE ON "Predictions_Log"
WHEN EXISTS (SELECT 1 FROM "Model_Info" WHERE model_id = OLD.model_id AND status = 'finished')
BEGIN
    SELECT RAISE(ABORT, 'the predictions of a finished model cannot be deleted: delete the model or its run');
END;

INSERT INTO "Schema_Version" (version, applied_utc) VALUES (1, '2026-01-01 00:00:00.000000');
INSERT INTO "Datasets" VALUES (1, 'old data', 'synthetic', 1, 'c0ffee', 100, 4, 10, 2);
INSERT INTO "Classes" VALUES (1, 1, 0, 'cat'), (2, 1, 1, 'dog');
INSERT INTO "Test_Images" VALUES (1, 0, 0), (1, 1, 1), (1, 2, 0), (1, 3, 1);
INSERT INTO "Runs" (run_id, run_key, name, status, seed, dataset_id, train_images, validation_images, hardware, versions, started_utc, seen_utc)
VALUES (1, 'old-key', 'old run', 'finished', 7, 1, 90, 10, '{}', '{}', '2026-01-01 00:00:00.000000', '2026-01-01 00:10:00.000000');
INSERT INTO "Model_Info" (model_id, run_id, dataset_id, model_name, seed, status, started_utc)
VALUES (1, 1, 1, 'baseline', 7, 'running', '2026-01-01 00:00:00.000000');
INSERT INTO "Predictions_Log" (model_id, image_index, dataset_id, label, predicted, confidence)
VALUES (1, 0, 1, 0, 0, 0.9), (1, 1, 1, 1, 0, 0.6), (1, 2, 1, 0, 0, 0.8), (1, 3, 1, 1, 1, 0.7);
UPDATE "Model_Info" SET status = 'finished', accuracy = 0.75 WHERE model_id = 1;
