import type account from '../account/account.en.json';
import type alerts from '../alerts/alerts.en.json';
import type app from '../app/app.en.json';
import type audit from '../audit/audit.en.json';
import type backups from '../backups/backups.en.json';
import type drills from '../drills/drills.en.json';
import type home from '../home/home.en.json';
import type incidents from '../incidents/incidents.en.json';
import type licences from '../licences/licences.en.json';
import type parts from '../parts/parts.en.json';
import type people from '../people/people.en.json';
import type readiness from '../readiness/readiness.en.json';
import type response from '../response/response.en.json';
import type services from '../services/services.en.json';
import type settings from '../settings/settings.en.json';
import type spares from '../spares/spares.en.json';
import type storeroom from '../storeroom/storeroom.en.json';

// The English files say which texts there are: a key that is not there does not compile.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: {
      account: typeof account;
      alerts: typeof alerts;
      app: typeof app;
      audit: typeof audit;
      backups: typeof backups;
      drills: typeof drills;
      home: typeof home;
      incidents: typeof incidents;
      licences: typeof licences;
      parts: typeof parts;
      people: typeof people;
      readiness: typeof readiness;
      response: typeof response;
      services: typeof services;
      settings: typeof settings;
      spares: typeof spares;
      storeroom: typeof storeroom;
    };
  }
}
